"""include_role: a role, chosen while the run goes on."""

from __future__ import annotations

from typing import Any

from .base.module import Module, ModuleArgs, Result, TaskContext, modules
from .base.types import Bool, Text, arg


@modules.register("include_role")
class IncludeRole(Module):
    """Include a role; `apply` holds keywords for its tasks. The engine puts them in place.

    Returns:
        include_variables: the variables that it was included with.

    Examples:
        - name: Use a role for each site
          include_role:
            name: site
            tasks_from: deploy
          vars:
            site_name: "{{ item }}"
          loop: [shop, blog]
    """

    class Args(ModuleArgs):
        name: Text = arg(..., "role")
        """The role."""
        tasks_from: Text = "main"
        """The file of tasks to begin with."""
        vars_from: Text = "main"
        """The file of variables."""
        defaults_from: Text = "main"
        """The file of defaults."""
        handlers_from: Text = "main"
        """The file of handlers."""
        apply: dict[str, Any] | None = None
        """Keywords for all tasks of the role."""
        public: Bool = False
        """Let what comes later see the role's variables."""
        allow_duplicates: Bool = True
        """Do the role again where it has been done with the same variables."""
        rolespec_validate: Bool = True
        """Check the role's arguments by its specification."""

    remote = False

    async def run(self, task: TaskContext, args: Args) -> Result:
        chosen = args.model_dump(exclude={"name", "apply", "public"})
        return {"changed": False, "include": args.name, "include_args": chosen}
