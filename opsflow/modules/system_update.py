"""system_update: bring a host up to date, hooks and reboot included."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator

from opsflow.core.drivers import SystemManager
from opsflow.systems.update import RebootPolicy, UpdateRequest, update

from .base.module import Module, Result, TaskContext, modules
from .base.preflight import PreflightArgs
from .base.restarts import RestartPolicy
from .base.types import Float, Text, arg
from .package_upgrade import UpgradeArgs, as_preflight, planned


def _commands(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def as_policy(value: Any) -> Any:
    """YAML reads a bare `no` as false, and means never."""
    return {False: "never", True: "if_required"}[value] if isinstance(value, bool) else value


Commands = Annotated[list[str], BeforeValidator(_commands)]


@modules.register("system_update")
class SystemUpdate(Module):
    """Update a whole host: pre-update hooks, package lists, upgrade, post-update hooks, reboot.

    Hooks are the shell commands given here, then the executables in `/etc/opsflow/pre-update.d` and
    `/etc/opsflow/post-update.d` on the host, in the order of their names. One that fails ends the update.

    A host is not rebooted unless `reboot` says so: whether one is due is in `reboot_required` and
    `reboot_packages`, and in the message. After a reboot a new boot id and a settled system are waited for.

    Returns:
        packages: what was changed: name, old and new version.
        plan: what would be changed, in check mode: versions and where they come from, sizes, configuration
            files at risk, services that run replaced files, whether a reboot is to be expected.
        kept_back, held, phased: packages that were left alone, by the reason.
        repaired: whether an interrupted earlier run was ended first.
        conffiles_kept: configuration files of which a newer version was not taken.
        restart_needed: services that still use old files.
        reboot_required, reboot_packages: whether a reboot is due, and because of which packages.
        hooks: what the commands before and after it said.
        reboot_policy: what `reboot` says, in check mode.
        rebooted, reboot: whether the host was rebooted, and why.
        reboot_postponed: why it was not: the maintenance window had closed, or its turn did not come.
        elapsed: how many seconds it all took.

    Examples:
        - name: Update the host and reboot it where that is needed
          system_update:
            pre_update: /usr/local/bin/leave-balancer
            post_update: /usr/local/bin/join-balancer
            reboot: if_required
            reboot_timeout: 900
    """

    class Args(UpgradeArgs):
        preflight: Annotated[PreflightArgs | None, BeforeValidator(as_preflight)] = PreflightArgs()
        """How the host must be before: the options of the module `preflight`; `false` for no checks."""
        on_failure: Literal["rollback", "fail"] = "rollback"
        """`rollback` puts everything back when the upgrade or a check after it fails."""
        restart_services: RestartPolicy = "needed"
        """`needed`: services that run replaced code, but those a host depends on; a list: only these."""
        pre_update: Commands = arg([])
        """Shell commands to run first, such as taking the host out of a load balancer."""
        post_update: Commands = arg([])
        """Shell commands to run after the upgrade, before a reboot."""
        reboot: Annotated[RebootPolicy, BeforeValidator(as_policy)] = "never"
        """`if_required`: when a package or a newer kernel asks for it."""
        reboot_timeout: Float = 600.0
        """Seconds within which a rebooted host must be usable again."""
        reboot_turn: Text = ""
        """Hosts with the same word here, such as a cluster's name, reboot one after the other, each when the
        one before is well again; after one that is not, none does."""

    async def run(self, task: TaskContext, args: Args) -> Result:
        system = await task.system()
        if task.check:
            return await self._planned(task, system, args)
        request = UpdateRequest(
            upgrade=args.upgrade_request(task.approved),
            refresh=args.refresh,
            valid_for=args.cache_valid_time,
            pre_update=args.pre_update,
            post_update=args.post_update,
            reboot=args.reboot,
            reboot_timeout=args.reboot_timeout,
            turn=lambda: task.one_by_one(args.reboot_turn),
        )
        return await update(system, request, task.progress)

    async def _planned(self, task: TaskContext, system: SystemManager, args: Args) -> Result:
        result = await planned(task, args)
        reason = await system.reboot_required()
        result["reboot_required"] = reason.required
        result["reboot_packages"] = reason.packages
        return {**result, "hooks": [], "rebooted": False, "reboot_policy": args.reboot}
