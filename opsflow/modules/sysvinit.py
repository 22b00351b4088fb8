"""sysvinit: services by their scripts in /etc/init.d."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from .base.module import Module, ModuleArgs, Result, TaskContext, modules
from .base.types import Bool, Int, StrList, Text, arg


@modules.register("sysvinit")
class Sysvinit(Module):
    """Start, stop, restart, reload, enable and disable services by their init scripts.

    Returns:
        results: what the script said, and what was changed.

    Examples:
        - name: Have a service run by its init script
          sysvinit:
            name: app
            state: started
            enabled: true
    """

    class Args(ModuleArgs):
        name: Text = arg(..., "service")
        """The service."""
        state: Literal["started", "stopped", "restarted", "reloaded"] | None = None
        """What it is to be now; `restarted` and `reloaded` are done each time."""
        enabled: Bool | None = None
        """Whether it starts with the host."""
        sleep: Int = 1
        """Seconds between stop and start of a restart."""
        pattern: Text | None = None
        """What the command line of a process of the running service holds."""
        arguments: Text | None = arg(None, "args")
        """More words for its script."""
        runlevels: StrList | None = None
        """The runlevels that it starts in."""
        daemonize: Bool = False
        """Accepted for Ansible's sake: a script whose service keeps its output open holds up nothing."""

        @model_validator(mode="after")
        def _asked(self) -> Self:
            if self.state is None and self.enabled is None:
                raise ValueError("give at least one of state and enabled")
            return self

    detachable = True

    async def run(self, task: TaskContext, args: Args) -> Result:
        options = args.sent()
        del options["daemonize"]
        return await task.call("sysvinit.run", options)
