"""preflight: is a host fit to be upgraded?"""

from __future__ import annotations

import time

from .base.module import Module, Result, TaskContext, modules
from .base.preflight import PreflightArgs


@modules.register("preflight")
class Preflight(Module):
    """Look whether a host is fit to be upgraded. Nothing is changed.

    Every check is `off`, a warning (`warn`), or fails the task (`stop`). What an upgrade would need is looked
    at with fresh lists of packages, which the host does not keep.

    Returns:
        ready: whether nothing stops an upgrade.
        checks: for each `check`, `ok`, `level` and `message`; that of `units` names those that have failed.

    Examples:
        - name: Is the host fit to be upgraded?
          preflight:
            maintenance_window: Mon-Fri 22:00-04:00
            timezone: Europe/Berlin
            load: warn
            power: off
          register: before

        - name: Remember what has failed already
          debug:
            msg: "{{ (before.checks | selectattr('check', 'eq', 'units') | first).units }}"
    """

    Args = PreflightArgs
    target = "preflight.run"

    async def run(self, task: TaskContext, args: PreflightArgs) -> Result:
        sent = {"policy": args.sent(), "control_time": time.time()}
        return await task.call(self.target, sent)
