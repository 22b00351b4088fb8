"""package_facts: all installed packages of a host."""

from __future__ import annotations

from typing import Literal

from .base.module import Module, ModuleArgs, Result, TaskContext, modules
from .base.types import StrList, arg


@modules.register("package_facts")
class PackageFacts(Module):
    """Collect the installed packages as the fact `packages`: name, version and arch, by name.

    They are read from dpkg's database, which does not know their origin.

    Returns:
        ansible_facts: `packages`, a mapping of names to lists of installed versions: name, version,
            arch, category, source.

    Examples:
        - name: Know what is installed
          package_facts:

        - name: Say which version of nginx there is
          debug:
            msg: "{{ ansible_facts.packages['nginx'][0].version }}"
          when: "'nginx' in ansible_facts.packages"
    """

    class Args(ModuleArgs):
        manager: StrList = arg(["auto"])
        """Which package managers to ask."""
        strategy: Literal["first", "all"] = "first"
        """The first of them that is there, or all."""

    async def run(self, task: TaskContext, args: Args) -> Result:
        return await task.call("package_facts.run", {"manager": args.manager})
