"""The submodules of a clone."""

from __future__ import annotations

import os

from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from opsflow.target.git_tool import Git


def update(git: Git, clone: str, remote: str, track: bool, force: bool) -> bool:
    """Bring submodules to what the clone names, or with `track` to their remote's branch.

    Returns whether one was not there.
    """
    if not os.path.exists(os.path.join(clone, ".gitmodules")):
        return False
    before = _status(git, clone)
    if not track and all(line.startswith(" ") for line in before):
        return False
    git.check(["submodule", "sync"], clone, "git submodule sync")
    argv = ["submodule", "update", "--init", "--recursive"]
    argv += (["--remote"] if track else []) + (["--force"] if force else [])
    done = git.run(argv, clone, shown=True)
    if done.rc != 0:
        raise Fail(
            "Failed to init/update submodules: %s" % (done.stdout + done.stderr), cmd=done.argv, rc=done.rc
        )
    return _status(git, clone) != before


def _status(git: Git, clone: str) -> list[str]:
    done = git.check(["submodule", "status"], clone, "git submodule status")
    return done.stdout.splitlines()
