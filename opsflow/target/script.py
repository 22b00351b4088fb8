"""Ansible's `script` on the host: a program that was sent along is run from a directory of its own."""

from __future__ import annotations

import os
import shlex
import shutil
import tempfile

from opsflow.target import command

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.request import Request


def run(
    request: Request,
    name: str,
    args: str = "",
    chdir: str | None = None,
    creates: str | None = None,
    removes: str | None = None,
    executable: str | None = None,
) -> dict[str, Any]:
    """Run the script in the payload unless `creates` exists or `removes` does not; leave nothing of it.

    Args:
        name: what the file is called while it runs.
        args: its arguments, as the shell reads them.
        executable: the interpreter's command line, instead of the script's own first line.
    """
    cwd = command.directory(request, chdir, name)
    skipped = command.skip_reason(request, creates, removes, cwd)
    if skipped:
        return {"changed": False, "skipped": True, "msg": "%s %s, skipped" % skipped}
    if request.check:
        if creates or removes:
            return {"changed": True}
        return {"changed": False, "skipped": True, "msg": "the script would have run if not in check mode"}
    directory = tempfile.mkdtemp(prefix="opsflow-")  # 0700
    try:
        script = os.path.join(directory, os.path.basename(name))
        with open(script, "wb") as file:
            file.write(request.payload)
        os.chmod(script, 0o700)
        line = "%s %s" % (shlex.quote(script), args)
        if executable:
            line = "%s %s" % (executable, line)
        done = request.command(  # noqa: S604
            line,
            shell=True,
            cwd=cwd,
            on_line=lambda s, text: request.event("output", stream=s, line=text),
            own_locale=True,
        )
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    result: dict[str, Any] = {"changed": True, "rc": done.rc, "stdout": done.stdout, "stderr": done.stderr}
    if done.rc != 0:
        result.update(failed=True, msg="non-zero return code")
    return result
