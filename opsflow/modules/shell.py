"""shell: run a command line."""

from __future__ import annotations

from .base.commands import InputArgs
from .base.module import Module, Result, TaskContext, modules


@modules.register("shell")
class Shell(Module):
    """Run a command line with /bin/sh, or with the shell that `executable` names.

    In check mode it is skipped, unless `creates` or `removes` tells whether it would run.
    """

    Args = InputArgs
    target = "command.run"
    free_form = "_raw_params"
    detachable = True

    async def run(self, task: TaskContext, args: InputArgs) -> Result:
        sent = args.sent()
        sent.pop("free_form", None)
        return await task.call(self.target, {**sent, "cmd": args.text, "shell": True})
