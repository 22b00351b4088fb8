"""patch_state: how far a host is behind."""

from __future__ import annotations

from typing import Any

from .base.module import Module, ModuleArgs, Result, TaskContext, modules
from .base.types import Bool, Int, arg


class Args(ModuleArgs):
    """Which lists of packages to look at."""

    refresh: Bool = arg(True, "update_cache")
    """Look at fresh lists of packages, fetched aside: the host's own stay as they are."""
    cache_valid_time: Int = 0
    """The host's own lists are good enough while they are younger than this, in seconds."""


@modules.register("patch_state")
class PatchState(Module):
    """Tell what could be upgraded on a host, and what else waits for an administrator. Nothing is changed.

    `opsflow fleet` shows it for many hosts on one screen.

    Returns:
        system: distribution, release, kernel, and the end of its free security support.
        plan: what an upgrade would do, by the package manager's own simulation, and how much it would fetch.
        reboot_required, reboot_packages: whether a reboot is due, and because of which packages.
        restart_needed: services that still use old files.
        holds: packages that a person keeps at their version.
        unfinished: packages that an interrupted run left half done.
        unattended: whether the host upgrades itself.
        last_upgrade: when packages were last upgraded, how many, and by which command.

    Examples:
        - name: Is there anything to do?
          patch_state:
          register: patches

        - name: Refuse to deploy on a host with open security updates
          assert:
            that: patches.plan.upgrade | selectattr('security') | length == 0
    """

    Args = Args

    async def run(self, task: TaskContext, args: Args) -> Result:
        system = await task.system()
        state = await system.patch_state(refresh=args.refresh, valid_for=args.cache_valid_time)
        return {**state, "changed": False, "msg": _sentence(state)}


def _sentence(state: dict[str, Any]) -> str:
    upgrades = state["plan"]["upgrade"]
    security = sum(1 for one in upgrades if one["security"])
    told = [f"{len(upgrades)} upgrades" + (f", {security} of them for security" if security else "")]
    told += [f"{len(state['unfinished'])} packages are half done"] if state["unfinished"] else []
    told += ["a reboot is required"] if state["reboot_required"] else []
    return "; ".join(told) if upgrades or told[1:] else "up to date"
