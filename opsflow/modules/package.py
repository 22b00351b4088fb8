"""package: packages of whatever distribution the host runs."""

from __future__ import annotations

from opsflow.core.errors import OpsFlowError, TaskError

from .apt import Apt
from .base.module import Module, Result, TaskContext, find_module, modules
from .base.types import Text


@modules.register("package")
class Package(Module):
    """Install, upgrade and remove packages by the host's own package manager.

    Takes the options of that manager's module beside its own `use`.
    """

    class Args(Apt.Args):
        use: Text = "auto"
        """The module to use; by default that of the host's package manager."""

    async def run(self, task: TaskContext, args: Args) -> Result:
        chosen = args.use if args.use != "auto" else str(task.vars.get("ansible_package_use", "auto"))
        if chosen == "auto":
            chosen = (await task.packages()).module
        try:
            module = find_module(chosen)
        except OpsFlowError as error:
            raise TaskError(
                f"no package manager '{chosen}' is known: {error.message}", hint=error.hint
            ) from None
        options = args.model_dump(exclude={"use"}, exclude_unset=True)
        return await module().run(task, module.Args.model_validate(options))
