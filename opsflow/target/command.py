"""Commands: Ansible's `command` and `shell`, and what they return."""

from __future__ import annotations

import datetime
import glob
import os
import shlex

from opsflow.target.paths import expand
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.request import Completed, Request


def run(
    request: Request,
    cmd: Any,
    shell: bool = False,
    chdir: str | None = None,
    creates: str | None = None,
    removes: str | None = None,
    executable: str | None = None,
    stdin: str | None = None,
    stdin_add_newline: bool = True,
    strip_empty_ends: bool = True,
    expand_argument_vars: bool = True,
    timeout: float | None = None,
) -> dict[str, Any]:
    """Run a command unless `creates` exists or `removes` does not; in check mode only tell.

    `cmd` is a list of arguments, or text: for `shell` a script, else words quoted as in a shell.
    """
    argv: Any = _split(cmd) if isinstance(cmd, str) and not shell else cmd
    cwd = directory(request, chdir, argv)
    skipped = skip_reason(request, creates, removes, cwd)
    if skipped:
        return _skipped(request, argv, skipped)
    if request.check:
        if creates or removes:
            return _result(argv, "", "", 0, changed=True, msg=_CHECK)
        return _result(argv, "", "", 0, changed=False, msg=_CHECK, skipped=True)
    if expand_argument_vars and not shell:
        argv = [expand(request, word) for word in argv]
    done = request.command(
        argv,
        shell=shell,
        cwd=cwd,
        executable=expand(request, executable) if executable else None,
        stdin=_input(stdin, stdin_add_newline),
        timeout=timeout,
        own_locale=True,
        on_line=lambda stream, line: request.event("output", stream=stream, line=line),
    )
    return finished(argv, done, strip_empty_ends)


_CHECK = "Command would have run if not in check mode"


def _split(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError as error:
        raise Fail("cannot split the command into words: %s" % error, cmd=text, rc=256) from None


def _input(text: str | None, newline: bool) -> bytes | None:
    if text is None:
        return None
    if newline and not text.endswith("\n"):
        text += "\n"
    return text.encode("utf-8", "surrogateescape")


def directory(request: Request, chdir: str | None, cmd: Any) -> str | None:
    """Return the directory to work in. Raises Fail when it does not exist."""
    if not chdir:
        return None
    path = os.path.abspath(expand(request, chdir))
    if not os.path.isdir(path):
        raise Fail(
            "cannot change to the directory '%s': it does not exist" % path,
            **_result(cmd, "", "", None, changed=False),
        )
    return path


def skip_reason(
    request: Request, creates: str | None, removes: str | None, cwd: str | None
) -> tuple[str, str] | None:
    """Return the path and the words for why nothing is to be done, else None."""
    if creates and glob.glob(os.path.join(cwd or "", expand(request, creates))):
        return creates, "exists"
    if removes and not glob.glob(os.path.join(cwd or "", expand(request, removes))):
        return removes, "does not exist"
    return None


def _skipped(request: Request, cmd: Any, reason: tuple[str, str]) -> dict[str, Any]:
    verb = "Would not run" if request.check else "Did not run"
    msg = "%s command since '%s' %s" % (verb, reason[0], reason[1])
    return _result(cmd, "skipped, since %s %s" % reason, "", 0, changed=False, msg=msg)


def finished(cmd: Any, done: Completed, strip: bool) -> dict[str, Any]:
    """Return the result of a command that ran; a failed one when its exit code is not 0."""
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
