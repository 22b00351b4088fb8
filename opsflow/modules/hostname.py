"""hostname: the name of a host."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from .base.module import Module, ModuleArgs, Result, TaskContext, modules
from .base.types import Text

OURS = ("alpine", "debian", "systemd")
"""The ways that lead to the same on Debian and Ubuntu: the kernel's name and /etc/hostname."""


@modules.register("hostname")
class Hostname(Module):
    """Set the host's name, now and for the next boot, without any program.

    Returns:
        name: the name.

    Examples:
        - name: Call the host as the inventory does
          hostname:
            name: "{{ inventory_hostname_short }}"
            use: systemd
    """

    class Args(ModuleArgs):
        name: Text
        """The host's name."""
        use: (
            Literal[
                "alpine", "darwin", "debian", "freebsd", "generic", "macos", "macosx", "openbsd",
                "openrc", "redhat", "sles", "solaris", "systemd",
            ]
            | None
        ) = None  # fmt: skip
        """The way to set it: all that Debian has lead to the same."""

        @model_validator(mode="after")
        def _possible(self) -> Self:
            if self.use not in (None, *OURS):
                raise ValueError(f"use '{self.use}' is no way of Debian's or Ubuntu's: {', '.join(OURS)} are")
            return self

    async def run(self, task: TaskContext, args: Args) -> Result:
        return await task.call("hostname.run", {"name": args.name})
