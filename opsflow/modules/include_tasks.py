"""include_tasks: tasks of another file, chosen while the run goes on."""

from __future__ import annotations

from typing import Any

from .base.module import Module, ModuleArgs, Result, TaskContext, modules
from .base.types import Path


@modules.register("include_tasks")
class IncludeTasks(Module):
    """Include the tasks of `file`; `apply` holds keywords for them. The engine puts them in place."""

    class Args(ModuleArgs):
        file: Path
        apply: dict[str, Any] | None = None

    free_form = "file"
    remote = False

    async def run(self, task: TaskContext, args: Args) -> Result:
        return {"changed": False, "include": args.file, "include_args": {}}
