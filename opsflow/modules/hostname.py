"""hostname: the name of a host."""

from __future__ import annotations

from .base.module import Module, ModuleArgs, Result, TaskContext, modules
from .base.types import Text


@modules.register("hostname")
class Hostname(Module):
    """Set the host's name, now and for the next boot. `use` is accepted and has no meaning on Linux.

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
        use: Text | None = None
        """The way to set it; found out without this."""

    async def run(self, task: TaskContext, args: Args) -> Result:
        return await task.call("hostname.run", {"name": args.name})
