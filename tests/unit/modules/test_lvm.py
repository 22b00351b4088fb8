"""lvg and lvol do what is needed, told by programs that stand for those of LVM."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from opsflow.core.errors import TaskError
from tests.support.local import Run

MIB = 2**20
REPORT = '#!/bin/sh\ncat "{file}" 2>/dev/null || exit 5\n'
CHANGE = (
    '#!/bin/sh\ncase "$*" in *--help*) echo --setautoactivation;; *) echo "{name} $*" >> "{log}";; esac\n'
)
CHANGES = (
    "vgcreate", "vgextend", "vgreduce", "vgremove", "vgchange", "pvcreate", "pvresize", "pvchange",
    "lvcreate", "lvextend", "lvreduce", "lvremove", "lvchange",
)  # fmt: skip


class Lvm:
    """What the reports say, and what was called."""

    def __init__(self, run: Run, base: Path) -> None:
        self.run = run
        self.base = base
        self.log = base / "log"
        programs = base / "programs"
        programs.mkdir()
        for name in ("vgs", "pvs", "lvs"):
            self._program(programs / name, REPORT.format(file=base / name))
        for name in CHANGES:
            self._program(programs / name, CHANGE.format(name=name, log=self.log))
        run.task.env = {"PATH": f"{programs}:{os.environ['PATH']}"}
        self.says("vgs", "").says("pvs", "").says("lvs", "")

    def _program(self, path: Path, text: str) -> None:
        path.write_text(text)
        path.chmod(0o755)

    def says(self, report: str, *lines: str) -> Lvm:
        (self.base / report).write_text("\n".join(lines) + "\n")
        return self

    async def __call__(self, module: str, **options: Any) -> tuple[dict[str, Any], list[str]]:
        """Return the result, and the programs that were called to change something."""
        self.log.write_text("")
        result = await self.run(module, **options)
        return result, self.log.read_text().replace(f"{self.base}/", "").splitlines()

    def device(self, name: str) -> str:
        path = self.base / name
        path.touch()
        return str(path)


@pytest.fixture
def lvm(run: Run, tmp_path: Path) -> Lvm:
    return Lvm(run, tmp_path)


async def test_a_group_is_made_of_devices(lvm: Lvm) -> None:
    given = {"vg": "data", "pvs": [lvm.device("a"), lvm.device("b")], "pesize": "8"}
    assert await lvm("lvg", check=True, **given) == ({"changed": True}, [])
    assert await lvm("lvg", **given) == (
        {"changed": True},
        ["pvcreate -f a", "pvcreate -f b", "vgcreate -s 8 data a b"],
    )
    _, calls = await lvm("lvg", **given, state="inactive", vg_options="-v")
    assert calls[-1] == "vgcreate -v --setautoactivation n -s 8 data a b"


async def test_a_group_gets_and_loses_devices(lvm: Lvm) -> None:
    a, b = lvm.device("a"), lvm.device("b")
    lvm.says("vgs", "  data;1").says("pvs", f"  {a};data")
    assert await lvm("lvg", vg="data", pvs=[a]) == ({"changed": False}, [])
    result, calls = await lvm("lvg", vg="data", pvs=[b])
    assert (result["changed"], calls) == (
        True,
        ["pvcreate -f b", "vgextend data b", "vgreduce --force data a"],
    )
    _, calls = await lvm("lvg", vg="data", pvs=[b], remove_extra_pvs=False)
    assert calls == ["pvcreate -f b", "vgextend data b"]


async def test_devices_of_others_and_missing_ones_are_refused(lvm: Lvm) -> None:
    a = lvm.device("a")
    lvm.says("pvs", f"  {a};other")
    with pytest.raises(TaskError, match="already in other volume group"):
        await lvm("lvg", vg="data", pvs=[a])
    with pytest.raises(TaskError, match="not found"):
        await lvm("lvg", vg="data", pvs=["/dev/nowhere"])
    with pytest.raises(TaskError, match="No physical volumes given"):
        await lvm("lvg", vg="data")


async def test_a_group_with_volumes_is_removed_by_force_only(lvm: Lvm) -> None:
    assert await lvm("lvg", vg="data", state="absent") == ({"changed": False}, [])
    lvm.says("vgs", "  data;2")
    with pytest.raises(TaskError, match="without force"):
        await lvm("lvg", vg="data", state="absent")
    assert (await lvm("lvg", vg="data", state="absent", force=True))[1] == ["vgremove --force data"]


def volumes(lvm: Lvm, *rows: str) -> None:
    """Let there be a group of 1000 MiB with 400 MiB free, in extents of 4 MiB."""
    lvm.says("vgs", f"  data;{1000 * MIB};{400 * MIB};{4 * MIB}").says("lvs", *rows)


ROOT = f"  root;{600 * MIB};-wi-a-----"


@pytest.mark.parametrize(
    ("options", "call"),
    [
        ({"size": "10g"}, "lvcreate --yes -n home -L 10g data"),
        ({"size": "512"}, "lvcreate --yes -n home -L 512m data"),
        ({"size": "+50%FREE", "pvs": ["/dev/sdb"]}, "lvcreate --yes -n home -l 50%FREE data /dev/sdb"),
        ({"size": "1G", "opts": "-r 16"}, "lvcreate --yes -n home -L 1g -r 16 data"),
        ({"size": "1g", "thinpool": "root"}, "lvcreate --yes -n home -V 1g -T data/root"),
        ({"lv": None, "size": "1g", "thinpool": "pool"}, "lvcreate --yes -L 1g -T data/pool"),
        (
            {"lv": "root", "size": "10%ORIGIN", "snapshot": "s"},
            "lvcreate --yes -l 10%ORIGIN -s -n s data/root",
        ),
    ],
)
async def test_volumes_are_made(lvm: Lvm, options: dict[str, Any], call: str) -> None:
    volumes(lvm, ROOT)
    given = {"vg": "data", "lv": "home", **options}
    assert await lvm("lvol", check=True, **given) == ({"changed": True, "msg": ""}, [])
    assert await lvm("lvol", **given) == ({"changed": True, "msg": ""}, [call])


@pytest.mark.parametrize(
    ("options", "calls"),
    [
        ({}, []),
        ({"size": "600m"}, []),
        ({"size": "598m"}, []),
        ({"size": "60%VG"}, []),
        ({"size": "700m", "resizefs": True}, ["lvextend --resizefs -L 700m data/root"]),
        ({"size": "+100%FREE"}, ["lvextend -l +100%FREE data/root"]),
        ({"size": "500m", "shrink": False}, []),
        ({"size": "500m", "force": True}, ["lvreduce --force -L 500m data/root"]),
        ({"size": "-1g", "shrink": False, "active": False, "force": True}, None),
        ({"active": False}, ["lvchange -an data/root"]),
        ({"state": "absent", "force": True}, ["lvremove --force data/root"]),
    ],
)
async def test_volumes_are_resized_where_they_differ(
    lvm: Lvm, options: dict[str, Any], calls: list[str] | None
) -> None:
    volumes(lvm, ROOT)
    if calls is None:
        with pytest.raises(TaskError, match="to 0"):
            await lvm("lvol", vg="data", lv="root", **options)
        return
    result, called = await lvm("lvol", vg="data", lv="root", **options)
    assert (result["changed"], called) == (bool(calls), calls)
    if options.get("state") != "absent":
        assert result["size"] == 600


async def test_what_would_lose_data_needs_force(lvm: Lvm) -> None:
    volumes(lvm, ROOT)
    for options in ({"size": "500m"}, {"state": "absent"}):
        with pytest.raises(TaskError, match="without force=true"):
            await lvm("lvol", vg="data", lv="root", **options)
    with pytest.raises(TaskError, match="Not enough free space"):
        await lvm("lvol", vg="data", lv="root", size="+60%VG")


async def test_no_group_is_said(lvm: Lvm) -> None:
    (lvm.base / "vgs").unlink()
    with pytest.raises(TaskError, match="Volume group data does not exist"):
        await lvm("lvol", vg="data", lv="root", size="1g")
    assert not (await lvm("lvol", vg="data", lv="root", state="absent"))[0]["changed"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"lv": "a", "size": "big"}, "neither like 10g nor like 80%VG"),
        ({"lv": "a", "size": "101%VG"}, "at most 100%"),
        ({"lv": "a", "size": "10%ORIGIN"}, "for snapshots"),
        ({"snapshot": "s"}, "give lv, or thinpool"),
    ],
)
async def test_bad_input(run: Run, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        await run("lvol", vg="data", **options)
