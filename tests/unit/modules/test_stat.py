"""stat returns Ansible's keys."""

import hashlib
import os
from pathlib import Path

from tests.support.local import Run

KEYS = {
    "atime", "attr_flags", "attributes", "block_size", "blocks", "charset", "ctime", "dev",
    "device_type", "disk_usage_bytes", "executable", "exists", "gid", "gr_name", "inode", "isblk",
    "ischr", "isdir", "isfifo", "isgid", "islnk", "isreg", "issock", "isuid", "mimetype", "mode",
    "mtime", "nlink", "path", "pw_name", "readable", "rgrp", "roth", "rusr", "size", "uid",
    "version", "wgrp", "woth", "writeable", "wusr", "xgrp", "xoth", "xusr",
}  # fmt: skip


async def test_a_file(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_text("hello\n")
    path.chmod(0o640)
    result = await run("stat", path=str(path))
    assert not result["changed"]
    seen = result["stat"]
    assert set(seen) == KEYS | {"checksum"}
    assert seen["checksum"] == hashlib.sha1(b"hello\n").hexdigest()
    assert (seen["mode"], seen["size"], seen["isreg"], seen["rgrp"], seen["roth"]) == (
        "0640",
        6,
        True,
        True,
        False,
    )
    assert seen["inode"] == path.stat().st_ino
    sha256 = await run("stat", path=str(path), checksum="sha256", get_mime=False, get_attributes=False)
    assert sha256["stat"]["checksum"] == hashlib.sha256(b"hello\n").hexdigest()
    assert not {"mimetype", "version"} & set(sha256["stat"])


async def test_links_directories_and_nothing(run: Run, tmp_path: Path) -> None:
    (tmp_path / "l").symlink_to("nope")
    link = (await run("stat", path=str(tmp_path / "l")))["stat"]
    assert (link["islnk"], link["lnk_target"], link["lnk_source"]) == (True, "nope", str(tmp_path / "nope"))
    assert set(link) == KEYS | {"lnk_source", "lnk_target"}
    assert await run("stat", path=str(tmp_path / "l"), follow=True) == {
        "changed": False,
        "stat": {"exists": False},
    }
    assert (await run("stat", path=str(tmp_path)))["stat"]["isdir"]
    assert (await run("stat", path="/dev/null"))["stat"]["device_type"] == os.makedev(1, 3)
