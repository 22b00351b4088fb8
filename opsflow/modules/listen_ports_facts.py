"""listen_ports_facts: ports on which programs of a host listen."""

from __future__ import annotations

from typing import Literal

from .base.module import Module, ModuleArgs, Result, TaskContext, modules
from .base.types import Bool


@modules.register("listen_ports_facts")
class ListenPortsFacts(Module):
    """Tell `tcp_listen` and `udp_listen`: ports with their programs, read from the kernel.

    Neither `ss` nor `netstat` is needed, whatever `command` says.

    Returns:
        ansible_facts: `tcp_listen` and `udp_listen`, lists of ports with their programs.

    Examples:
        - name: Know the open ports
          listen_ports_facts:

        - name: Say which there are
          debug:
            msg: "{{ ansible_facts.tcp_listen | map(attribute='port') | unique | sort }}"
    """

    class Args(ModuleArgs):
        command: Literal["netstat", "ss"] | None = None
        """Has no meaning: the kernel is read itself."""
        include_non_listening: Bool = False
        """Tell of all connections too."""

    target = "listen_ports_facts.run"

    async def run(self, task: TaskContext, args: Args) -> Result:
        return await task.call(self.target, {"include_non_listening": args.include_non_listening})
