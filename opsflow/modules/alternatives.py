"""alternatives: which of several programs a command is."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, model_validator

from .base.module import Module, ModuleArgs, modules
from .base.types import Int, Path, Text, arg, to_items


class Subcommand(ModuleArgs):
    """A link that follows the alternative."""

    name: Text
    """The name of the link group."""
    link: Path
    """Where its link is."""
    path: Path
    """The program that it leads to."""


@modules.register("alternatives")
class Alternatives(Module):
    """Register an alternative, select it, or leave the choice to update-alternatives.

    Returns:
        msg: what was done.

    Examples:
        - name: Use this editor
          alternatives:
            name: editor
            path: /usr/bin/vim.basic
    """

    class Args(ModuleArgs):
        name: Text
        """The name of the link group."""
        path: Path | None = None
        """The program that it leads to."""
        link: Path | None = None
        """Where the link is; needed for a new group."""
        priority: Int | None = None
        """The priority of the alternative."""
        state: Literal["present", "selected", "auto", "absent"] = "selected"
        """Whether the alternative is there, is chosen, or is chosen by priority."""
        subcommands: Annotated[list[Subcommand], BeforeValidator(to_items)] | None = arg(None, "slaves")
        """Links that go with it: name, link and path of each."""
        family: Text | None = None
        """Refused: Debian has no families."""

        @model_validator(mode="after")
        def _complete(self) -> Self:
            if self.family is not None:
                raise ValueError("families of alternatives exist on systems of Red Hat only: give path")
            if self.path is None:
                raise ValueError("path is required")
            return self

    target = "alternatives.run"
