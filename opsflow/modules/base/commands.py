"""What the modules that run a person's own commands share."""

from __future__ import annotations

from typing import Self

from pydantic import model_validator

from .module import ModuleArgs
from .types import Bool, Path, Text, arg


class CommandArgs(ModuleArgs):
    """A command as `module: text` or `cmd`, where to run it, and when not to."""

    free_form: Text | None = arg(None, name="_raw_params")
    cmd: Text | None = None
    chdir: Path | None = None
    creates: Path | None = None
    removes: Path | None = None

    def given(self) -> int:
        """How many commands were given: one is right."""
        return sum(bool(command) for command in (self.free_form, self.cmd))

    @model_validator(mode="after")
    def _one_command(self) -> Self:
        if self.given() == 0:
            raise ValueError("no command given")
        if self.given() > 1:
            raise ValueError("give the command once: as the module's text, or in one option")
        return self

    @property
    def text(self) -> str:
        """The command as text; empty when it was given as a list."""
        return self.free_form or self.cmd or ""


class InputArgs(CommandArgs):
    """What `command` and `shell` have on top of that."""

    stdin: Text | None = None
    stdin_add_newline: Bool = True
    strip_empty_ends: Bool = True
    executable: Path | None = None
