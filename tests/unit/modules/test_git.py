"""git: what is wrong with its options is told; a commit that is there needs no remote."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from opsflow.core.errors import TaskError
from tests.support.local import Run

ME = {f"GIT_{who}_{what}": "a@b" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    made = tmp_path / "repo"
    line = f"git init -q {made} && cd {made} && echo 1 > file && git add file && git commit -qm one"
    subprocess.run(line, shell=True, check=True, env={**os.environ, **ME})
    return made


async def test_a_commit_that_is_checked_out_needs_no_remote(run: Run, repo: Path, tmp_path: Path) -> None:
    dest = str(tmp_path / "clone")
    head = (await run("git", repo=str(repo), dest=dest))["after"]
    assert (await run("git", repo=str(repo), dest=dest, version=head))["changed"] is False
    shutil.rmtree(repo)
    told = await run("git", repo=str(repo), dest=dest, version=head)
    assert (told["changed"], told["before"], told["after"]) == (False, head, head)
    with pytest.raises(TaskError, match=r"for its branches failed with exit code 128: fatal: "):
        await run("git", repo=str(repo), dest=dest)


async def test_check_mode_leaves_nothing_behind(run: Run, repo: Path, tmp_path: Path) -> None:
    dest = tmp_path / "below" / "clone"
    assert (await run("git", repo=str(repo), dest=str(dest), check=True))["changed"] is True
    assert not dest.parent.exists()


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({}, "dest"),
        ({"dest": "d", "bare": True, "separate_git_dir": "s"}, "cannot be given together"),
        ({"dest": "d", "accept_hostkey": True, "accept_newhostkey": True}, "cannot be given together"),
        ({"dest": "d", "archive_prefix": "p"}, "needs archive"),
        ({"dest": "d", "umask": 18}, "in quotes"),
        ({"dest": "d", "umask": "rw"}, "octal"),
    ],
)
async def test_what_can_not_be_is_refused(run: Run, options: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValidationError, match=complaint):
        await run("git", repo="r", **options)
