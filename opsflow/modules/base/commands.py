"""What the modules that run a person's own commands share."""

from __future__ import annotations

from typing import Self

from pydantic import model_validator

from .module import ModuleArgs
from .types import Bool, Path, Text, arg


class CommandArgs(ModuleArgs):
    """A command as `module: text` or `cmd`, where to run it, and when not to."""

    free_form: Text | None = arg(None, name="_raw_params")
    """The command, written behind the module's name."""
    cmd: Text | None = None
    """The command, as an option."""
    chdir: Path | None = None
    """The directory to run it in."""
    creates: Path | None = None
    """A path or pattern: where it exists, the command is not run."""
    removes: Path | None = None
    """A path or pattern: where it does not exist, the command is not run."""

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
    """What the command reads."""
    stdin_add_newline: Bool = True
    """End that with a newline."""
    strip_empty_ends: Bool = True
    """Leave out empty lines at the end of what it says."""
    executable: Path | None = None
    """The shell that runs it."""
