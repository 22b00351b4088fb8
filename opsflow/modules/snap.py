"""snap: snaps of Ubuntu."""

from __future__ import annotations

import re
from typing import Literal, Self

from pydantic import model_validator

from .base.module import Module, ModuleArgs, modules
from .base.types import Bool, Int, StrList, Text

_OPTION = re.compile(r"(?:[^\s:=]+:)?[^\s=]+\s*=\s*.+")


@modules.register("snap")
class Snap(Module):
    """Install snaps from a channel, set their options, enable, disable and remove them.

    Returns:
        snaps_installed, snaps_removed, snaps_enabled, snaps_disabled: snaps that were changed.
        options_changed: options that were set, with their snaps.
        channel, classic, revision, snap_names: with state present.
        cmd: what snap was told.

    Examples:
        - name: Have a snap from a channel of its own
          snap:
            name: lxd
            channel: 5.0/stable

        - name: Set an option of a snap
          snap:
            name: nextcloud
            options: [ports.http=81]
    """

    class Args(ModuleArgs):
        name: StrList
        """The snaps."""
        state: Literal["absent", "present", "enabled", "disabled"] = "present"
        """What they are to be."""
        channel: Text | None = None
        """The channel."""
        revision: Int | None = None
        """The revision, which is kept."""
        classic: Bool = False
        """Install without confinement."""
        dangerous: Bool = False
        """Install a file that nobody has signed."""
        devmode: Bool = False
        """Install with confinement that only warns."""
        options: StrList | None = None
        """Settings: `snap:key=value`, `key=value`."""

        @model_validator(mode="after")
        def _fits(self) -> Self:
            for option in self.options or ():
                if not _OPTION.match(option):
                    raise ValueError(f"an option is KEY=VALUE or SNAP:KEY=VALUE, not '{option}'")
            if self.revision is not None and len(self.name) > 1:
                raise ValueError("revision is for one snap")
            return self

    target = "snap.run"
