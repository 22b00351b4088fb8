"""mount: entries of fstab. What mounts is tested on lab hosts."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from tests.support.local import Run

BEFORE = (
    "# disks\nUUID=1 / ext4 defaults 0 1\n/dev/sdb /mnt/my\\040data   ext4 noatime\n/swap none swap sw 0 0\n"
)


@pytest.fixture
def fstab(tmp_path: Path) -> Path:
    path = tmp_path / "fstab"
    path.write_text(BEFORE)
    return path


async def test_an_entry_that_is_right_stays_as_it_is_written(run: Run, fstab: Path) -> None:
    same = {"path": "/mnt/my data/", "src": "/dev/sdb", "fstype": "ext4", "opts": "noatime"}
    result = await run("mount", state="present", fstab=str(fstab), **same)
    assert (result["changed"], result["name"]) == (False, "/mnt/my data")
    assert fstab.read_text() == BEFORE


async def test_an_entry_is_changed_in_its_place(run: Run, fstab: Path) -> None:
    args = {
        "path": "/mnt/my data",
        "src": "/dev/sdc",
        "fstype": "xfs",
        "fstab": str(fstab),
        "state": "present",
    }
    assert (await run("mount", check=True, **args))["changed"] is True
    assert fstab.read_text() == BEFORE
    for changed in (True, False):
        assert (await run("mount", boot=False, backup=True, **args))["changed"] is changed
    assert fstab.read_text().splitlines()[2] == r"/dev/sdc /mnt/my\040data xfs defaults,noauto 0 0"
    assert len(list(fstab.parent.glob("fstab.*~"))) == 1


async def test_entries_come_and_go(run: Run, fstab: Path) -> None:
    args = {"path": "/srv/x", "fstab": str(fstab)}
    await run("mount", state="present", src="tmpfs", fstype="tmpfs", passno="2", **args)
    assert fstab.read_text() == BEFORE + "tmpfs /srv/x tmpfs defaults 0 2\n"
    result = await run("mount", state="absent_from_fstab", diff=True, **args)
    assert result["diff"]["after"] == fstab.read_text() == BEFORE
    assert (await run("mount", state="absent_from_fstab", **args))["changed"] is False


async def test_options_may_be_secret(run: Run, fstab: Path) -> None:
    args = {"path": "/srv/x", "src": "//nas/x", "fstype": "cifs", "fstab": str(fstab), "state": "present"}
    result = await run("mount", opts="password=hush", opts_no_log=True, diff=True, **args)
    assert "hush" not in str(result)


async def test_what_is_not_mounted_is_not_unmounted(run: Run, tmp_path: Path) -> None:
    assert (await run("mount", path=str(tmp_path), state="unmounted"))["changed"] is False


async def test_a_mount_needs_source_and_type(run: Run) -> None:
    with pytest.raises(ValidationError, match="mounted needs src and fstype"):
        await run("mount", path="/x", state="mounted")
