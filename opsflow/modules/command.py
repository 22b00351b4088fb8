"""command: run a program without a shell."""

from __future__ import annotations

from .base.commands import InputArgs
from .base.module import Module, Result, TaskContext, modules
from .base.types import Bool, StrList


@modules.register("command")
class Command(Module):
    """Run a program with its arguments, with no shell between: no pipes, no redirections.

    `$NAME` and `~` in arguments are replaced by the host's values. In check mode it is skipped, unless
    `creates` or `removes` tells whether it would run.

    Returns:
        cmd: what was run.
        rc: its exit code.
        stdout, stderr, stdout_lines, stderr_lines: what it said.
        start, end, delta: when it ran, and how long.

    Examples:
        - name: Look at the version
          command: /usr/bin/app --version
          register: version
          changed_when: false

        - name: Make the database, once
          command:
            argv: [/usr/bin/app, initdb, --name, "{{ database }}"]
            chdir: /srv/app
            creates: /srv/app/db
    """

    class Args(InputArgs):
        argv: StrList | None = None
        """The command as a list of words, which no shell takes apart."""
        expand_argument_vars: Bool = True
        """Replace variables of the environment in the words."""

        def given(self) -> int:
            return super().given() + bool(self.argv)

    repeatable = False
    target = "command.run"
    free_form = "_raw_params"
    detachable = True

    async def run(self, task: TaskContext, args: Args) -> Result:
        sent = args.sent()
        for name in ("free_form", "argv"):
            sent.pop(name, None)
        ignored = sent.pop("executable", None)
        result = await task.call(self.target, {**sent, "cmd": args.argv or args.text})
        if ignored:
            result["warnings"] = ["a command is run without a shell: its option 'executable' is ignored"]
        return result
