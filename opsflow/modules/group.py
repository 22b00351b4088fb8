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
        """The group's name."""
        state: Literal["present", "absent"] = "present"
        """Whether there is such a group."""
        gid: Int | None = None
        """The number."""
        gid_min: Int | None = None
        """The lowest number for a new group."""
        gid_max: Int | None = None
        """The highest number for a new group."""
        system: Bool = False
        """Make a new group one of the system."""
        non_unique: Bool = False
        """Allow a number that another group has."""
        force: Bool = False
        """Remove the group even where it is a user's own."""
        local: Bool = False
        """Look at the host's own files only, not at LDAP and the like."""

        @model_validator(mode="after")
        def _sensible(self) -> Self:
            if self.non_unique and self.gid is None:
                raise ValueError("non_unique needs gid")
            return self

    target = "group.run"
