"""timezone: the time zone of a host."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from .base.module import Module, ModuleArgs, modules
from .base.types import Text, arg


@modules.register("timezone")
class Timezone(Module):
    """Set the host's time zone, and whether its hardware clock shows local time.

    Returns:
        msg: what was done.

    Examples:
        - name: Have all clocks show the same
          timezone:
            name: Etc/UTC
    """

    class Args(ModuleArgs):
        name: Text | None = None
        """The time zone, such as Europe/Berlin."""
        hwclock: Literal["local", "UTC"] | None = arg(None, "rtc")
        """Whether the clock of the hardware keeps UTC or local time."""

        @model_validator(mode="after")
        def _asked(self) -> Self:
            if self.name is None and self.hwclock is None:
                raise ValueError("give name or hwclock")
            return self

    target = "timezone.run"
