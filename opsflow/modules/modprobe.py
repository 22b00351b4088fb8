"""modprobe: kernel modules."""

from __future__ import annotations

from typing import Literal

from .base.module import Module, ModuleArgs, modules
from .base.types import Text


@modules.register("modprobe")
class Modprobe(Module):
    """Load or unload kernel modules, now and (`persistent`) at each boot."""

    class Args(ModuleArgs):
        name: Text
        state: Literal["present", "absent"] = "present"
        params: Text = ""
        persistent: Literal["disabled", "present", "absent"] = "disabled"

    target = "modprobe.run"
