"""include_tasks: tasks of another file, chosen while the run goes on."""

from __future__ import annotations

from typing import Any

from .base.module import Module, ModuleArgs, Result, TaskContext, modules
from .base.types import Path


@modules.register("include_tasks")
class IncludeTasks(Module):
    """Include the tasks of `file`; `apply` holds keywords for them. The engine puts them in place.

    Returns:
        include: the file.

    Examples:
        - name: Do what this system needs
          include_tasks: "setup-{{ ansible_facts.os_family }}.yml"

        - name: Include tasks that all have a tag and become root
          include_tasks:
            file: packages.yml
            apply:
              become: true
              tags: packages
          tags: packages
    """

    class Args(ModuleArgs):
        file: Path
        """The file of tasks."""
        apply: dict[str, Any] | None = None
        """Keywords for all tasks in it, such as `tags` and `become`."""

    free_form = "file"
    remote = False

    async def run(self, task: TaskContext, args: Args) -> Result:
        return {"changed": False, "include": args.file, "include_args": {}}
