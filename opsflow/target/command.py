"""Commands: Ansible's `command` and `shell`, and what they return."""

from __future__ import annotations

import datetime
import glob
import os

from opsflow.target.runner import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.runner import Completed, Request


def run(
    request: Request,
    cmd: Any,
    shell: bool = False,
    chdir: str | None = None,
    creates: str | None = None,
    removes: str | None = None,
    executable: str | None = None,
    stdin: str | None = None,
    strip_empty_ends: bool = True,
    timeout: float | None = None,
) -> dict[str, Any]:
    """Run a command unless `creates` exists or `removes` does not; in check mode only tell."""
    cwd = os.path.abspath(os.path.expanduser(chdir)) if chdir else None
    if cwd and not os.path.isdir(cwd):
        raise Fail("cannot change to directory '%s': it does not exist" % cwd, cmd=cmd, rc=257)
    skipped = _skip_reason(creates, removes, cwd)
    if skipped:
        return _result(cmd, skipped, "", 0, changed=False, msg=skipped)
    if request.check:
        changed = bool(creates or removes)
        return dict(_result(cmd, "", "", None, changed=changed, msg=_CHECK), skipped=not changed)
    done = request.command(
        cmd,
        shell=shell,
        cwd=cwd,
        executable=executable,
        stdin=stdin.encode("utf-8", "surrogateescape") if stdin is not None else None,
        timeout=timeout,
        on_line=lambda stream, line: request.event("output", stream=stream, line=line),
    )
    return _finished(cmd, done, strip_empty_ends)


_CHECK = "Command would have run if not in check mode"


def _skip_reason(creates: str | None, removes: str | None, cwd: str | None) -> str | None:
    if creates and glob.glob(os.path.join(cwd or "", os.path.expanduser(creates))):
        return "skipped, since %s exists" % creates
    if removes and not glob.glob(os.path.join(cwd or "", os.path.expanduser(removes))):
        return "skipped, since %s does not exist" % removes
    return None


def _finished(cmd: Any, done: Completed, strip: bool) -> dict[str, Any]:
    stdout, stderr = done.stdout, done.stderr
    if strip:
        stdout, stderr = stdout.rstrip("\r\n"), stderr.rstrip("\r\n")
    result = _result(cmd, stdout, stderr, done.rc, changed=True, msg="")
    start, end = (datetime.datetime.fromtimestamp(moment) for moment in (done.start, done.end))
    result.update(start=str(start), end=str(end), delta=str(end - start))
    if done.rc != 0:
        result.update(failed=True, msg="non-zero return code")
    return result


def _result(cmd: Any, stdout: str, stderr: str, rc: int | None, **more: Any) -> dict[str, Any]:
    result: dict[str, Any] = {"cmd": cmd, "stdout": stdout, "stderr": stderr, "rc": rc}
    result.update(start=None, end=None, delta=None)
    result.update(more)
    return result
