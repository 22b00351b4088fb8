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
        state: Literal["started", "stopped", "restarted", "reloaded"] | None = None
        enabled: Bool | None = None
        use: Literal["auto", "systemd", "service", "sysvinit"] = "auto"
        pattern: Text | None = None
        sleep: Float | None = None
        arguments: Text = arg("", "args")
        runlevel: Text = "default"

        @model_validator(mode="after")
        def _asked(self) -> Self:
            if self.state is None and self.enabled is None:
                raise ValueError("give at least one of state and enabled")
            return self

    target = "service.run"

    async def run(self, task: TaskContext, args: Args) -> Result:
        sent = args.sent()
        del sent["runlevel"]  # init scripts choose their own
        return await task.call(self.target, sent)
