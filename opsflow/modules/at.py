"""at: commands that run once, later."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from .base.module import Module, ModuleArgs, modules
from .base.types import Bool, Int, Path, Text


@modules.register("at")
class At(Module):
    """Queue a command or a script with at, or remove all jobs that hold it.

    Returns:
        script_file: the script of the job.
        command, state, count, units: as asked for.

    Examples:
        - name: Go back to the old settings unless somebody stops it
          at:
            command: /usr/local/bin/roll-back
            count: 10
            units: minutes
            unique: true
    """

    class Args(ModuleArgs):
        command: Text | None = None
        """The command."""
        script_file: Path | None = None
        """A script of the host instead."""
        count: Int | None = None
        """In how many units it runs."""
        units: Literal["minutes", "hours", "days", "weeks"] | None = None
        """The unit."""
        state: Literal["absent", "present"] = "present"
        """Whether it is to be there."""
        unique: Bool = False
        """Leave it alone where there is one for the same command."""

        @model_validator(mode="after")
        def _complete(self) -> Self:
            if (self.command is None) == (self.script_file is None):
                raise ValueError("give either command or script_file")
            if self.state == "present" and (self.count is None or self.units is None):
                raise ValueError("state present needs count and units")
            return self

    repeatable = False
    target = "at.run"
