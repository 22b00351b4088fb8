"""package_facts: all installed packages of a host."""

from __future__ import annotations

from typing import Literal

from .base.module import Module, ModuleArgs, Result, TaskContext, modules
from .base.types import StrList, arg


@modules.register("package_facts")
class PackageFacts(Module):
    """Collect the installed packages as the fact `packages`: name, version and arch, by name.

    They are read from dpkg's database, which knows neither origin nor category.
    """

    class Args(ModuleArgs):
        manager: StrList = arg(["auto"])
        strategy: Literal["first", "all"] = "first"

    async def run(self, task: TaskContext, args: Args) -> Result:
        return await task.call("package_facts.run")
