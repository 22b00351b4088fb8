"""set_stats: values that a run tells at its end."""

from __future__ import annotations

from typing import Any

from .base.module import Module, ModuleArgs, Result, TaskContext, modules
from .base.types import Bool


@modules.register("set_stats")
class SetStats(Module):
    """Tell values for the run's record; they become no variables.

    Returns:
        ansible_stats: the data, and how it is told.

    Examples:
        - name: Tell of a number at the end of the run
          set_stats:
            data:
              users: "{{ people | length }}"
            aggregate: true
    """

    class Args(ModuleArgs):
        data: dict[str, Any]
        """Values by name."""
        per_host: Bool = False
        """Keep them for each host, not for the run."""
        aggregate: Bool = True
        """Add to what is there; if not, replace it."""

    remote = False

    async def run(self, task: TaskContext, args: Args) -> Result:
        stats = {"data": args.data, "per_host": args.per_host, "aggregate": args.aggregate}
        return {"changed": False, "ansible_stats": stats}
