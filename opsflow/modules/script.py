"""script: run a program of the control node on the host."""

from __future__ import annotations

import shlex

from opsflow.core.errors import TaskError, Unreachable

from .base.commands import CommandArgs
from .base.files import read, read_plain
from .base.module import Module, Result, TaskContext, modules
from .base.types import Bool, Text

_BARE = (
    'd=$(mktemp -d) || exit 1; trap \'rm -rf "$d"\' EXIT; trap "exit 1" HUP INT TERM; '
    'cat >"$d"/{name} && chmod 700 "$d"/{name} && {before}"$d"/{name}{args} </dev/null'
)


class ScriptArgs(CommandArgs):
    """Options of `script`."""

    executable: Text | None = None
    """The program that runs it."""
    decrypt: Bool = True
    """Decrypt a script that is encrypted by vault."""


@modules.register("script")
class Script(Module):
    """Send a script to the host, run it there from a directory of its own, and remove it.

    It needs no Python on the host. In check mode it is skipped, unless `creates` or `removes` tells.

    Returns:
        rc: the exit code.
        stdout, stderr, stdout_lines, stderr_lines: what it said.

    Examples:
        - name: Run a script of this machine, once
          script: setup.sh --fast
          args:
            creates: /var/lib/app/ready

        - name: Run a program in another language
          script:
            cmd: report.py --all
            executable: python3
          changed_when: false
    """

    repeatable = False
    Args = ScriptArgs
    target = "script.run"
    one_call = True
    free_form = "_raw_params"

    async def run(self, task: TaskContext, args: ScriptArgs) -> Result:
        name, words = _split(args.text.strip())
        path = task.find_file(name, "files")
        content = await (read_plain(task, path) if args.decrypt else read(path))
        sent = {
            key: value for key, value in args.sent().items() if key not in ("free_form", "cmd", "decrypt")
        }
        try:
            return await task.call(self.target, {**sent, "name": path.name, "args": words}, payload=content)
        except Unreachable as error:
            if error.kind != "python":
                raise
        return await _without_python(task, args, path.name, words, content)


def _split(text: str) -> tuple[str, str]:
    """Return the script's name, which may be quoted, and its arguments as they are written."""
    if text[0] not in "'\"":
        name, _, words = text.partition(" ")
        return name, words
    name, quote, words = text[1:].partition(text[0])
    if not quote:
        raise TaskError(f"the script's name has no closing quotation mark: {text}")
    return name, words


async def _without_python(
    task: TaskContext, args: ScriptArgs, name: str, words: str, content: bytes
) -> Result:
    """Do it with the host's shell: the script comes through its input."""
    if task.check or args.creates or args.removes:
        raise TaskError("without Python on the host, script knows neither check mode nor creates and removes")
    before = f"{args.executable} " if args.executable else ""
    command = _BARE.format(name=shlex.quote(name), before=before, args=f" {words}" if words else "")
    if args.chdir:
        command = f"cd {shlex.quote(args.chdir)} && {{ {command}; }}"
    rc, stdout, stderr = await task.raw(command, stdin=content)
    result: Result = {"changed": True, "rc": rc, "stdout": stdout, "stderr": stderr}
    if rc != 0:
        result.update(failed=True, msg="non-zero return code")
    return result
