"""modprobe: kernel modules."""

from __future__ import annotations

from typing import Literal

from .base.module import Module, ModuleArgs, modules
from .base.types import Text


@modules.register("modprobe")
class Modprobe(Module):
    """Load or unload kernel modules, now and (`persistent`) at each boot.

    Returns:
        name, params, state: as asked for.

    Examples:
        - name: Load a module now and at each start
          modprobe:
            name: br_netfilter
            persistent: present
    """

    class Args(ModuleArgs):
        name: Text
        """The module of the kernel."""
        state: Literal["present", "absent"] = "present"
        """Whether it is loaded."""
        params: Text = ""
        """Its parameters."""
        persistent: Literal["disabled", "present", "absent"] = "disabled"
        """Whether it is loaded when the host starts too."""

    target = "modprobe.run"
