"""Repositories of ALT Linux, by apt-repo."""

from __future__ import annotations

from opsflow.target.programs import which
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.request import Request


def run(request: Request, repo: str, state: str, remove_others: bool, update: bool) -> dict[str, Any]:
    """Add or remove a repository."""
    program = which(request, "apt-repo")
    if program is None:
        raise Fail("'apt-repo' is not on this host: it is ALT Linux' program; use apt_repository on Debian")

    def call(*words: str) -> str:
        return request.command([program, *words]).check(" ".join(("apt-repo", *words))).stdout

    before = call()
    if state == "absent":
        call("rm", repo)
    else:
        call("add", repo)  # refuses what is no repository, before any other goes
        if remove_others:
            call("rm", "all")
            call("add", repo)
    if update:
        call("update")
    return {"changed": call() != before, "repo": repo, "state": state}
