"""monit: services that Monit watches."""

from __future__ import annotations

from typing import Literal

from .base.module import Module, ModuleArgs, modules
from .base.types import Int, Text


@modules.register("monit")
class Monit(Module):
    """Start, stop, watch and forget what Monit watches, and wait until it is so.

    Returns:
        name, state: as asked for.
        monit_version: that of Monit, where something was done.

    Examples:
        - name: Have the application started by Monit
          monit:
            name: app
            state: started
    """

    class Args(ModuleArgs):
        name: Text
        """The name that Monit's configuration gives it."""
        state: Literal["present", "started", "stopped", "restarted", "monitored", "unmonitored", "reloaded"]
        """What it is to be; `present` reloads the configuration if it is unknown, `reloaded` always."""
        timeout: Int = 300
        """Seconds to wait until Monit has done what it was told."""

    target = "monit.run"
