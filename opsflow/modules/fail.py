"""fail: stop here, for a reason."""

from __future__ import annotations

from opsflow.core.errors import TaskError

from .base.module import Module, ModuleArgs, Result, TaskContext, modules
from .base.types import Text


@modules.register("fail")
class Fail(Module):
    """Fail the host with a message, usually under a `when`."""

    class Args(ModuleArgs):
        msg: Text = "Failed as requested from task"

    remote = False

    async def run(self, task: TaskContext, args: Args) -> Result:
        raise TaskError(args.msg, data={"changed": False})
