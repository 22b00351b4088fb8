"""mount_facts: tables in files, the program `mount`, and what hides what."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from opsflow.core.errors import TaskError
from tests.support.local import Run

TABLE = """# <file system> <mount point>
proc /proc proc defaults 0 0
/dev/nowhere /with\\040blank ext4 ro,noatime
server:/export /nonesuch nfs rw 0 2
other /proc tmpfs rw 0 0
broken line
"""


@pytest.fixture
def table(tmp_path: Path) -> str:
    (tmp_path / "fstab").write_text(TABLE)
    return str(tmp_path / "fstab")


async def facts(run: Run, **options: Any) -> dict[str, Any]:
    return (await run("mount_facts", **options))["ansible_facts"]


async def test_a_table_is_told(run: Run, table: str) -> None:
    told = await run("mount_facts", sources=[table])
    assert "ignoring repeat mounts" in told["warnings"][0]
    points = told["ansible_facts"]["mount_points"]
    assert list(points) == ["/proc", "/with blank", "/nonesuch"]
    assert points["/with blank"] == {
        "device": "/dev/nowhere",
        "mount": "/with blank",
        "fstype": "ext4",
        "options": "ro,noatime",
        "uuid": None,
        "ansible_context": {"source": table, "source_data": TABLE.splitlines()[2]},
    }
    assert points["/proc"]["block_size"] > 0
    assert (points["/nonesuch"]["dump"], points["/nonesuch"]["passno"]) == (0, 2)
    assert told["ansible_facts"]["aggregate_mounts"] == []


async def test_what_is_asked_for_is_told(run: Run, table: str) -> None:
    every = await facts(run, sources=[table], include_aggregate_mounts=True)
    assert len(every["aggregate_mounts"]) == 4
    assert list((await facts(run, sources=[table], devices="[!/]*", fstypes=["nfs*"]))["mount_points"]) == [
        "/nonesuch"
    ]


async def test_mounted_file_systems(run: Run) -> None:
    of_kernel = (await facts(run, sources=["dynamic"], include_aggregate_mounts=False))["mount_points"]
    of_program = (await facts(run, sources=["mount"], include_aggregate_mounts=False))["mount_points"]
    assert of_kernel["/proc"]["fstype"] == of_program["/proc"]["fstype"] == "proc"
    assert of_kernel["/"]["size_total"] > 0
    assert set(of_program["/proc"]) == set(of_kernel["/proc"]) - {"dump", "passno"}


async def test_a_program_that_hangs_is_told_of(run: Run, tmp_path: Path) -> None:
    slow = tmp_path / "slow-mount"
    slow.write_text("#!/bin/sh\nexec sleep 60\n")
    slow.chmod(0o755)
    options: dict[str, Any] = {"sources": ["mount"], "mount_binary": str(slow), "timeout": 0.2}
    with pytest.raises(TaskError, match="Timed out running"):
        await run("mount_facts", **options)
    assert "Timed out" in (await run("mount_facts", **options, on_timeout="warn"))["warnings"][0]
    assert "warnings" not in await run("mount_facts", **options, on_timeout="ignore")
    with pytest.raises(TaskError, match="'nonesuch' is not installed"):
        await run("mount_facts", sources=["mount"], mount_binary="nonesuch")
    with pytest.raises(ValidationError, match="positive number"):
        await run("mount_facts", timeout=0)
    with pytest.raises(ValidationError, match="empty string"):
        await run("mount_facts", sources=[""])
