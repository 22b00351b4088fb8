"""shell: run a command line."""

from __future__ import annotations

from .base.commands import InputArgs
from .base.module import Module, Result, TaskContext, modules


@modules.register("shell")
class Shell(Module):
    """Run a command line with /bin/sh, or with the shell that `executable` names.

    In check mode it is skipped, unless `creates` or `removes` tells whether it would run.

    Returns:
        cmd: what was run.
        rc: its exit code.
        stdout, stderr, stdout_lines, stderr_lines: what it said.
        start, end, delta: when it ran, and how long.

    Examples:
        - name: Count what is in the queue
          shell: set -o pipefail; mailq | grep -c '^[A-F0-9]'
          args:
            executable: /bin/bash
          register: queue
          changed_when: false
          failed_when: queue.rc > 1
    """

    repeatable = False
    Args = InputArgs
    target = "command.run"
    free_form = "_raw_params"
    detachable = True

    async def run(self, task: TaskContext, args: InputArgs) -> Result:
        sent = args.sent()
        sent.pop("free_form", None)
        return await task.call(self.target, {**sent, "cmd": args.text, "shell": True})
