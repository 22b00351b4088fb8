"""unarchive: what an archive holds is there afterwards, once, and nothing else is."""

from __future__ import annotations

import os
import subprocess
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from opsflow.core.errors import TaskError
from tests.support.local import Run

OLD = 1_600_000_000


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    top = tmp_path / "tree"
    (top / "app" / "ünder score").mkdir(parents=True)
    (top / "app" / "run.sh").write_text("#!/bin/sh\n")
    (top / "app" / "run.sh").chmod(0o755)
    (top / "app" / "ünder score" / "data.txt").write_text("data\n")
    (top / "app" / "link").symlink_to("run.sh")
    for path in top.rglob("*"):
        os.utime(path, (OLD, OLD), follow_symlinks=False)
    return top


@pytest.fixture
def dest(tmp_path: Path) -> Path:
    made = tmp_path / "dest"
    made.mkdir()
    return made


def pack(tree: Path, name: str, *options: str) -> Path:
    archive = tree.parent / name
    subprocess.run(["tar", "-c", *options, "-f", archive, "-C", tree, "app"], check=True)
    return archive


def zipped(tree: Path) -> Path:
    archive = tree.parent / "app.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for path in sorted(tree.rglob("*")):
            if not path.is_symlink():
                file.write(path, path.relative_to(tree))
    return archive


def leftovers() -> list[Path]:
    return [path for path in Path("/var/tmp").glob("opsflow-archive-*") if path.stat().st_uid == os.getuid()]


@pytest.mark.parametrize("kind", [("app.tar",), ("app.tar.gz", "-z"), ("app.tar.xz", "-J")])
async def test_a_tar_archive_is_unpacked_once(
    run: Run, tree: Path, dest: Path, kind: tuple[str, ...]
) -> None:
    archive = pack(tree, *kind)
    told = await run("unarchive", src=str(archive), dest=str(dest), check=True)
    assert told["changed"] is True
    assert list(dest.iterdir()) == []
    first = await run("unarchive", src=str(archive), dest=str(dest), list_files=True)
    assert first["changed"] is True
    assert first["files"][0] == "app/"
    assert "app/ünder score/data.txt" in first["files"]
    assert first["handler"] == ("TgzArchive" if kind[0].endswith("gz") else "TarArchive")
    assert (dest / "app" / "ünder score" / "data.txt").read_text() == "data\n"
    assert (dest / "app" / "link").readlink() == Path("run.sh")
    second = await run("unarchive", src=str(archive), dest=str(dest))
    assert second["changed"] is False
    assert "extract_results" not in second
    assert (second["dest"], second["state"], second["uid"]) == (str(dest), "directory", os.getuid())
    (dest / "app" / "run.sh").write_text("other\n")
    assert (await run("unarchive", src=str(archive), dest=str(dest), diff=True))["diff"]["prepared"]
    assert (dest / "app" / "run.sh").read_text() == "#!/bin/sh\n"
    assert leftovers() == []


async def test_a_zip_archive_is_unpacked_once(run: Run, tree: Path, dest: Path) -> None:
    archive = zipped(tree)
    options: dict[str, Any] = {"src": str(archive), "dest": str(dest), "remote_src": True}
    assert (await run("unarchive", **options, check=True))["changed"] is True
    first = await run("unarchive", **options)
    assert (first["changed"], first["handler"]) == (True, "ZipArchive")
    assert (await run("unarchive", **options))["changed"] is False
    (dest / "app" / "run.sh").chmod(0o700)
    told = await run("unarchive", **options, check=True, diff=True)
    assert told["diff"]["prepared"] == ".f...p...?? app/run.sh\n"
    assert (await run("unarchive", **options))["changed"] is True
    assert (dest / "app" / "run.sh").stat().st_mode & 0o777 == 0o755


async def test_keep_newer_leaves_newer_files_alone(run: Run, tree: Path, dest: Path) -> None:
    for archive in (pack(tree, "app.tar"), zipped(tree)):
        await run("unarchive", src=str(archive), dest=str(dest))
        mine = dest / "app" / "run.sh"
        mine.write_text("mine\n")
        os.utime(mine, (time.time(), time.time()))
        await run("unarchive", src=str(archive), dest=str(dest), keep_newer=True)
        assert mine.read_text() == "mine\n"


async def test_modes_go_to_all_members_and_options_to_tar(run: Run, tree: Path, dest: Path) -> None:
    archive = pack(tree, "app.tgz", "-z")
    options: dict[str, Any] = {
        "src": str(archive),
        "dest": str(dest),
        "mode": "u=rwX,go=",
        "extra_opts": ["--strip-components=1"],
    }
    assert (await run("unarchive", **options))["changed"] is True
    assert (dest / "run.sh").stat().st_mode & 0o777 == 0o700
    assert (dest / "ünder score" / "data.txt").stat().st_mode & 0o777 == 0o600
    assert (await run("unarchive", **options))["changed"] is False


async def test_only_what_is_included_and_not_excluded(run: Run, tree: Path, dest: Path) -> None:
    archive = pack(tree, "app.tar")
    await run("unarchive", src=str(archive), dest=str(dest), include=["app/run.sh"])
    assert [path.name for path in (dest / "app").iterdir()] == ["run.sh"]
    told = await run("unarchive", src=str(archive), dest=str(dest), exclude=["app/link"], list_files=True)
    assert "app/link" not in told["files"]
    assert not (dest / "app" / "link").is_symlink()


async def test_creates_and_what_can_not_be(run: Run, tree: Path, dest: Path) -> None:
    archive = pack(tree, "app.tar")
    skipped = await run("unarchive", src=str(archive), dest=str(dest), creates=str(dest))
    assert skipped["skipped"] is True
    with pytest.raises(TaskError, match="must be an existing dir"):
        await run("unarchive", src=str(archive), dest=str(dest / "missing"))
    with pytest.raises(TaskError, match="Failed to find handler"):
        await run("unarchive", src=str(tree / "app" / "run.sh"), dest=str(dest))
    with pytest.raises(TaskError, match="the file is 0 bytes"):
        await run("unarchive", src="/dev/null", dest=str(dest), remote_src=True)
    with pytest.raises(TaskError, match="does not exist"):
        await run("unarchive", src="/nonexistent.tar", dest=str(dest), remote_src=True)
    with pytest.raises(ValidationError, match="cannot be given together"):
        await run("unarchive", src="a", dest="b", include=["a"], exclude=["b"])
    with pytest.raises(ValidationError, match="remote_src"):
        await run("unarchive", src="http://host/a.tar", dest="b")
    assert leftovers() == []


async def test_a_url_is_fetched_by_the_host(run: Run, tree: Path, dest: Path) -> None:
    archive = pack(tree, "app.tar")
    first = await run("unarchive", src=f"file://{archive}", dest=str(dest), remote_src=True)
    assert first["changed"] is True
    assert (dest / "app" / "run.sh").exists()
    with pytest.raises(TaskError, match="Failure downloading file:///nonexistent"):
        await run("unarchive", src="file:///nonexistent", dest=str(dest), remote_src=True)
    assert leftovers() == []
