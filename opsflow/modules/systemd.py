"""systemd: units of the host's service manager."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from .base.module import Module, ModuleArgs, modules
from .base.types import Bool, Text, arg


@modules.register("systemd", "systemd_service")
class Systemd(Module):
    """Start, stop, restart, reload, enable, disable, mask and unmask units; reload systemd itself.

    Returns:
        name, state, enabled: the unit.
        status: what systemd says of it.

    Examples:
        - name: Read new units and restart the application
          systemd:
            name: app.service
            state: restarted
            enabled: true
            daemon_reload: true

        - name: Never let a service start
          systemd_service:
            name: avahi-daemon
            masked: true
            state: stopped
    """

    class Args(ModuleArgs):
        name: Text | None = arg(None, "service", "unit")
        """The unit; `.service` is assumed."""
        state: Literal["started", "stopped", "restarted", "reloaded"] | None = None
        """What it is to be now; `restarted` and `reloaded` are done each time."""
        enabled: Bool | None = None
        """Whether it starts with the host."""
        masked: Bool | None = None
        """Whether it cannot be started at all."""
        daemon_reload: Bool = arg(False, "daemon-reload")
        """Have systemd read its units again first."""
        daemon_reexec: Bool = arg(False, "daemon-reexec")
        """Have systemd start itself anew first."""
        scope: Literal["system", "user", "global"] = "system"
        """Whose systemd: the host's, the user's, or that of all users."""
        no_block: Bool = False
        """Do not wait until it is done."""
        force: Bool = False
        """Replace links that are in the way."""

        @model_validator(mode="after")
        def _complete(self) -> Self:
            asked = [name for name in ("state", "enabled", "masked") if getattr(self, name) is not None]
            if asked and self.name is None:
                raise ValueError(f"name is needed for {asked[0]}")
            if not (asked or self.daemon_reload or self.daemon_reexec):
                raise ValueError("give at least one of state, enabled, masked, daemon_reload, daemon_reexec")
            if self.scope == "global" and self.state:
                raise ValueError("state makes no sense in scope global: it has no running units")
            return self

    target = "systemd.run"
