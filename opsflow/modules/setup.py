"""setup: the facts of a host."""

from __future__ import annotations

from .base.module import Module, ModuleArgs, modules
from .base.types import Float, Path, StrList, arg


@modules.register("setup")
class Setup(Module):
    """Collect facts about the host under Ansible's names.

    They are read from the kernel and from files, next to no process is started, and a file system or a name
    server that does not answer holds nothing up for longer than `gather_timeout` seconds.
    """

    class Args(ModuleArgs):
        gather_subset: StrList = arg(["all"])
        gather_timeout: Float = 10.0
        filter: StrList = arg([])
        fact_path: Path = "/etc/ansible/facts.d"

    target = "setup.run"
