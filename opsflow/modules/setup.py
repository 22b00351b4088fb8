"""setup: the facts of a host."""

from __future__ import annotations

from typing import Any

from .base.module import Module, ModuleArgs, modules
from .base.types import Bool, Float, Path, StrList, arg

NAMES = frozenset({"setup", "gather_facts"})
"""The modules whose options are one another's defaults, and which run before a host's facts are known."""


@modules.register("setup")
class Setup(Module):
    """Collect facts about the host under Ansible's names.

    They are read from the kernel and from files, next to no process is started, and a file system or a name
    server that does not answer holds nothing up for longer than `gather_timeout` seconds.

    Returns:
        ansible_facts: the facts.

    Examples:
        - name: Gather facts again, only those of the network
          setup:
            gather_subset: ["!all", network]
    """

    class Args(ModuleArgs):
        gather_subset: StrList = arg(["all"])
        """Which facts: `all`, `min`, names of groups; with `!` those to leave out."""
        gather_timeout: Float = 10.0
        """Seconds for one slow fact."""
        filter: StrList = arg([])
        """Patterns of names; only those facts are returned."""
        fact_path: Path = "/etc/ansible/facts.d"
        """The directory of the host's own facts."""

    target = "setup.run"
    finds_facts = True


@modules.register("gather_facts")
class GatherFacts(Setup):
    """Collect facts about the host, as each play does by itself. It is one module: `parallel` is moot.

    Returns:
        ansible_facts: the facts.

    Examples:
        - name: Gather facts in the middle of a play
          gather_facts:
    """

    class Args(Setup.Args):
        parallel: Bool = False
        """Has no meaning: one call gathers all."""

        def sent(self) -> dict[str, Any]:
            return {name: value for name, value in super().sent().items() if name != "parallel"}
