"""fail: stop here, for a reason."""

from __future__ import annotations

from typing import Any

from opsflow.core.errors import TaskError

from .base.module import Module, ModuleArgs, Result, TaskContext, modules


@modules.register("fail")
class Fail(Module):
    """Fail the host with a message, usually under a `when`.

    Returns:
        msg: why.

    Examples:
        - name: Refuse hosts that are too old
          fail:
            msg: "{{ inventory_hostname }} needs a newer release first"
          when: ansible_facts.distribution_major_version | int < 11
    """

    class Args(ModuleArgs):
        msg: Any = "Failed as requested from task"
        """What to say."""

    remote = False
    reckons = True

    async def run(self, task: TaskContext, args: Args) -> Result:
        if isinstance(args.msg, str):
            raise TaskError(args.msg, data={"changed": False})
        return {"changed": False, "failed": True, "msg": args.msg}
