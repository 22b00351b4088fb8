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
        script_file: Path | None = None
        count: Int | None = None
        units: Literal["minutes", "hours", "days", "weeks"] | None = None
        state: Literal["absent", "present"] = "present"
        unique: Bool = False

        @model_validator(mode="after")
        def _complete(self) -> Self:
            if (self.command is None) == (self.script_file is None):
                raise ValueError("give either command or script_file")
            if self.state == "present" and (self.count is None or self.units is None):
                raise ValueError("state present needs count and units")
            return self

    target = "at.run"
