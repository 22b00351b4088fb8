"""service: services, whatever manages them on the host."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from .base.module import Module, ModuleArgs, Result, TaskContext, modules
from .base.types import Bool, Float, Text, arg


@modules.register("service")
class Service(Module):
    """Start, stop, restart, reload, enable and disable services.

    Where systemd runs it does the work, and `pattern`, `sleep`, `arguments` and `runlevel` have no meaning;
    elsewhere it is done by the init scripts.

    Returns:
        name, state, enabled: the service.
        status: what systemd says of it.

    Examples:
        - name: Have nginx run, now and at each start
          service:
            name: nginx
            state: started
            enabled: true
    """

    class Args(ModuleArgs):
        name: Text
        """The service."""
        state: Literal["started", "stopped", "restarted", "reloaded"] | None = None
        """What it is to be now; `restarted` and `reloaded` are done each time."""
        enabled: Bool | None = None
        """Whether it starts with the host."""
        use: Literal["auto", "systemd", "service", "sysvinit"] = "auto"
        """The system of services: auto, or the module for one."""
        pattern: Text | None = None
        """A text in the list of processes that tells that it runs, if it cannot tell itself."""
        sleep: Float | None = None
        """Seconds between stop and start of a restart."""
        arguments: Text = arg("", "args")
        """More words for its script."""
        runlevel: Text = "default"
        """Has no meaning: init scripts choose their own."""

        @model_validator(mode="after")
        def _asked(self) -> Self:
            if self.state is None and self.enabled is None:
                raise ValueError("give at least one of state and enabled")
            return self

    target = "service.run"
    one_call = True

    async def run(self, task: TaskContext, args: Args) -> Result:
        sent = args.sent()
        del sent["runlevel"]  # init scripts choose their own
        return await task.call(self.target, sent)
