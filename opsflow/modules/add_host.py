"""add_host: a host that the inventory did not know."""

from __future__ import annotations

from pydantic import ConfigDict

from .base.module import Module, ModuleArgs, Result, TaskContext, modules
from .base.types import StrList, Text, arg


@modules.register("add_host")
class AddHost(Module):
    """Add a host to the inventory of this run; every other option becomes a variable of it.

    Returns:
        add_host: the name, groups and variables of the host.

    Examples:
        - name: Have a machine that was just created as a host of a later play
          add_host:
            name: "{{ created.address }}"
            groups: [web, new]
            http_port: 8080
    """

    class Args(ModuleArgs):
        model_config = ConfigDict(extra="allow")

        name: Text = arg(..., "host", "hostname")
        """The host; `:port` may follow."""
        groups: StrList = arg([], "group", "groupname")
        """Groups that it is in."""

    remote = False
    pure = True
    once = True

    async def run(self, task: TaskContext, args: Args) -> Result:
        name = args.name
        variables = dict(args.model_extra or {})
        host, _, port = name.rpartition(":")
        if port.isdigit() and host and ":" not in host:  # an IPv6 address is not a name with a port
            name, variables["ansible_ssh_port"] = host, int(port)
        added = {"host_name": name, "groups": args.groups, "host_vars": variables}
        return {"changed": True, "add_host": added}
