"""synchronize: two halves of rsync speak through the runner."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from opsflow.core.errors import TaskError
from tests.support.local import Run

pytestmark = pytest.mark.skipif(not shutil.which("rsync"), reason="needs rsync")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "src" / "deep").mkdir(parents=True)
    (tmp_path / "src" / "one").write_text("one")
    (tmp_path / "src" / "deep" / "odd name é").write_bytes(os.urandom(300_000))
    return tmp_path


@pytest.mark.parametrize("mode", ["push", "pull"])
async def test_a_tree_is_brought_once(run: Run, tree: Path, mode: str) -> None:
    given = {"src": f"{tree}/src/", "dest": f"{tree}/new dest", "mode": mode}
    rehearsed = await run("ansible.posix.synchronize", check=True, **given)
    assert rehearsed["changed"]
    assert not (tree / "new dest").exists()
    result = await run("synchronize", **given)
    assert result["changed"]
    assert result["rc"] == 0
    assert any(line.endswith("f+++++++++ one") for line in result["stdout_lines"])
    for name in ("one", "deep/odd name é"):
        assert (tree / "new dest" / name).read_bytes() == (tree / "src" / name).read_bytes()
    assert not (await run("synchronize", **given))["changed"]


async def test_what_is_gone_goes_with_delete(run: Run, tree: Path) -> None:
    (tree / "dest").mkdir()
    (tree / "dest" / "old").write_text("old")
    given = {"src": f"{tree}/src/", "dest": f"{tree}/dest", "rsync_opts": ["--exclude=deep"]}
    await run("synchronize", **given)
    assert (tree / "dest" / "old").exists()
    await run("synchronize", delete=True, **given)
    assert [path.name for path in (tree / "dest").iterdir()] == ["one"]


async def test_parts_of_archive_can_be_left_out(run: Run, tree: Path) -> None:
    await run("synchronize", src=f"{tree}/src/", dest=f"{tree}/flat", recursive=False, dirs=True)
    assert sorted(path.name for path in (tree / "flat").iterdir()) == ["deep", "one"]
    assert not list((tree / "flat" / "deep").iterdir())


async def test_it_works_within_the_host_it_is_delegated_to(run: Run, tree: Path) -> None:
    run.task.delegated = True
    run.task.vars["inventory_hostname"] = "localhost"
    for changed in (True, False):
        result = await run("synchronize", src=f"{tree}/src/", dest=f"{tree}/there/")
        assert result["changed"] is changed
    run.task.vars["inventory_hostname"] = "another"
    with pytest.raises(TaskError, match="can't be delegated to localhost"):
        await run("synchronize", src=f"{tree}/src/", dest=f"{tree}/there/")


async def test_no_rsync_over_there_is_said(run: Run, tree: Path) -> None:
    with pytest.raises(TaskError, match="rsync is not installed on the host"):
        await run("synchronize", src=f"{tree}/src/", dest=f"{tree}/d", rsync_path="/nowhere/rsync")


async def test_a_source_that_is_missing_is_said(run: Run, tree: Path) -> None:
    with pytest.raises(TaskError, match="No such file"):
        await run("synchronize", src=f"{tree}/none", dest=f"{tree}/d", mode="pull")
