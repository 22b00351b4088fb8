"""cronvar: variables of cron."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from .base.module import Module, ModuleArgs, Result, TaskContext, modules
from .base.types import Bool, Path, Text


@modules.register("cronvar")
class CronVar(Module):
    """Set a variable in a user's table of cron or in a file of cron.d, or remove it.

    Returns:
        vars: the names of all variables of the table.

    Examples:
        - name: Mail what cron jobs say
          cronvar:
            name: MAILTO
            value: ops@example.org
            user: root
    """

    class Args(ModuleArgs):
        name: Text
        """The variable."""
        value: Text | None = None
        """Its value."""
        state: Literal["present", "absent"] = "present"
        """Whether it is to be there."""
        user: Text | None = None
        """Whose table."""
        cron_file: Path | None = None
        """A file in /etc/cron.d instead, or any by its path."""
        insertafter: Text | None = None
        """The variable behind which a new one goes."""
        insertbefore: Text | None = None
        """The variable before which a new one goes."""
        backup: Bool = False
        """Keep a copy of the old table."""

        @model_validator(mode="after")
        def _complete(self) -> Self:
            if self.state == "present" and self.value is None:
                raise ValueError("state present needs value")
            if "\n" in self.name or "\n" in (self.value or ""):
                raise ValueError("name and value are one line each")
            return self

    target = "cronvar.run"
    one_call = True

    async def run(self, task: TaskContext, args: Args) -> Result:
        result = await task.call(self.target, args.sent())
        return {**result, "cron_file": args.cron_file} if args.cron_file else result
