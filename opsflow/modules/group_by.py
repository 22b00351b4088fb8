"""group_by: groups made of what is known of hosts."""

from __future__ import annotations

from .base.module import Module, ModuleArgs, Result, TaskContext, modules
from .base.types import StrList, Text, arg


@modules.register("group_by")
class GroupBy(Module):
    """Put the host into the group `key` of this run's inventory, below the groups `parents`.

    Returns:
        add_group: the group.
        parent_groups: the groups above it.

    Examples:
        - name: Have a group for each release, such as os_bookworm
          group_by:
            key: "os_{{ ansible_facts.distribution_release }}"
            parents: [by_release]
    """

    class Args(ModuleArgs):
        key: Text
        """The group that the host is put in."""
        parents: StrList = arg(["all"])
        """Groups that this one is put in."""

    remote = False
    pure = True

    async def run(self, task: TaskContext, args: Args) -> Result:
        parents = [parent.replace(" ", "-") for parent in args.parents]
        return {"changed": True, "add_group": args.key.replace(" ", "-"), "parent_groups": parents}
