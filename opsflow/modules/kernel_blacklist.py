"""kernel_blacklist: modules that the kernel does not load by itself."""

from __future__ import annotations

from typing import Literal

from .base.module import Module, ModuleArgs, modules
from .base.types import Path, Text


@modules.register("kernel_blacklist")
class KernelBlacklist(Module):
    """Keep a kernel module in a blacklist of modprobe, or out of it.

    Returns:
        msg: what was done.

    Examples:
        - name: Never load the driver of the speaker
          kernel_blacklist:
            name: pcspkr
    """

    class Args(ModuleArgs):
        name: Text
        """The module of the kernel."""
        state: Literal["present", "absent"] = "present"
        """Whether it is in the list."""
        blacklist_file: Path = "/etc/modprobe.d/blacklist-ansible.conf"
        """The file."""

    target = "kernel_blacklist.run"
