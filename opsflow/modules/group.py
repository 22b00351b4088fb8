"""group: groups of a host."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from .base.module import Module, ModuleArgs, modules
from .base.types import Bool, Int, Text


@modules.register("group")
class Group(Module):
    """Add, renumber and remove groups.

    Returns:
        name, gid, state, system: the group.

    Examples:
        - name: Have a group for the application
          group:
            name: app
            system: true
    """

    class Args(ModuleArgs):
        name: Text
        state: Literal["present", "absent"] = "present"
        gid: Int | None = None
        gid_min: Int | None = None
        gid_max: Int | None = None
        system: Bool = False
        non_unique: Bool = False
        force: Bool = False
        local: Bool = False

        @model_validator(mode="after")
        def _sensible(self) -> Self:
            if self.non_unique and self.gid is None:
                raise ValueError("non_unique needs gid")
            return self

    target = "group.run"
