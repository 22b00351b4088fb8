"""Settings of git, by git's own `config` command."""

from __future__ import annotations

from opsflow.target.paths import expand
from opsflow.target.programs import need
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.request import Request


def run(
    request: Request,
    name: str,
    state: str,
    add_mode: str,
    value: str = "",
    scope: str = "system",
    repo: str = "",
    file: str = "",
) -> dict[str, Any]:
    """Bring the setting to its value, or take it away."""
    place = ["-f", expand(request, file)] if scope == "file" else ["--" + scope]
    argv = [need(request, "git", "git"), "config", "--includes", *place]
    cwd = expand(request, repo) if scope == "local" else "/"  # where no repository's settings interfere
    found = request.command([*argv, "--get-all", name], cwd=cwd)
    if found.rc > 1:
        found.check("git config")
    old = found.stdout.splitlines()
    if state == "absent":
        if not old:
            return {"changed": False, "msg": "no setting to unset"}
        argv += ["--unset-all", name]
        new: list[str] = []
    else:
        if value in old and (len(old) == 1 or add_mode == "add"):
            return {"changed": False, "msg": ""}
        argv += ["--" + add_mode, name, value]
        new = [*old, value] if add_mode == "add" else [value]
    if not request.check:
        done = request.command(argv, cwd=cwd)
        if done.rc != 0:
            raise Fail(done.stderr.strip() or "git config failed", rc=done.rc, cmd=argv)
    result: dict[str, Any] = {"changed": True, "msg": "setting changed"}
    if request.diff:
        before, after = ("".join(line + "\n" for line in lines) for lines in (old, new))
        result["diff"] = {"before": before, "after": after, "before_header": name, "after_header": name}
    return result
