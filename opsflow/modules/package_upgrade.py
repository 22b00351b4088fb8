"""package_upgrade: upgrade the packages of a host, all or some, and say what changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, cast

from pydantic import BeforeValidator

from opsflow.core.upgrades import Safety, UpgradeRequest
from opsflow.packages import approval, report

from .base.health import HealthArgs
from .base.module import Module, ModuleArgs, Result, TaskContext, modules
from .base.preflight import PreflightArgs
from .base.restarts import RestartPolicy, as_restart
from .base.types import Bool, Float, Int, StrList, arg


def as_checks(value: Any) -> Any:
    """Let a bare list of checks stand for the options of `health_check`."""
    return cast(Any, {"checks": value} if isinstance(value, list) else value)


def as_preflight(value: Any) -> Any:
    """Let a bare `yes` stand for the preflight as it is by default, `no` for none."""
    return {True: PreflightArgs(), False: None}[value] if isinstance(value, bool) else value


class UpgradeArgs(ModuleArgs):
    """Which packages to upgrade, and how."""

    mode: Literal["dist", "safe"] = "dist"
    """`dist` may install and remove packages where upgrades need it, `safe` never removes one."""
    only: StrList = arg([], "name")
    """Upgrade just these packages, with what they depend on."""
    exclude: StrList = arg([])
    """Leave these as they are: names or shell patterns such as `linux-*`."""
    security: Bool = False
    """Only what comes from a security archive."""
    conffiles: Literal["keep", "new"] = "keep"
    """Which version of a configuration file wins that both the administrator and the package changed."""
    autoremove: Bool = False
    """Also remove packages that were installed only for others and are needed no more."""
    purge: Bool = False
    """Remove configuration files of removed packages too."""
    lock_timeout: Float = 600.0
    """Seconds to wait for another package manager."""
    refresh: Bool = arg(True, "update_cache")
    """Fetch the lists of packages first; in check mode aside, so that the host's own stay as they are."""
    cache_valid_time: Int = 0
    """Do not fetch lists that are younger than this, in seconds."""
    time_limit: Float | None = None
    """Seconds that one run of the package manager may take; then it is ended, with all its scripts."""
    on_failure: Literal["rollback", "fail"] = "fail"
    """`rollback` puts everything back when the upgrade or a check after it fails."""
    preflight: Annotated[PreflightArgs | None, BeforeValidator(as_preflight)] = None
    """How the host must be before: `true`, or the options of the module `preflight`."""
    settle: Float = 10.0
    """Seconds within which services must be up after the upgrade."""
    health: Annotated[HealthArgs, BeforeValidator(as_checks)] | None = None
    """How the host must be afterwards: a list of checks, or all options of `health_check`."""
    restart_services: RestartPolicy = "never"
    """`needed`: services that run replaced code, but those a host depends on; a list: only these of them."""
    restart_exclude: StrList = arg([])
    """Units that are not restarted (shell patterns)."""

    def upgrade_request(self, approved: Mapping[str, Any] | None = None) -> UpgradeRequest:
        """Return what is asked for; an approved plan counts more than what the task says."""
        request = UpgradeRequest(
            mode=self.mode,
            only=self.only,
            exclude=self.exclude,
            security=self.security,
            conffiles=self.conffiles,
            autoremove=self.autoremove,
            purge=self.purge,
            lock_timeout=self.lock_timeout,
            safety=self.safety(),
        )
        return request if approved is None else approval.bound(request, approved)

    def safety(self) -> Safety:
        health = self.health.sent() if self.health else None
        before = self.preflight.sent() if self.preflight else None
        return Safety(
            on_failure=self.on_failure,
            time_limit=self.time_limit,
            settle=self.settle,
            health=health,
            preflight=before,
            restart=as_restart(self.restart_services, self.restart_exclude),
        )


async def planned(task: TaskContext, args: UpgradeArgs) -> Result:
    """Return what check mode tells."""
    packages, request = await task.packages(), args.upgrade_request(task.approved)
    plan = await packages.plan(
        request, refresh=args.refresh, valid_for=args.cache_valid_time, state=task.planning
    )
    return report.planned(plan, request)


@modules.register("package_upgrade")
class PackageUpgrade(Module):
    """Upgrade packages by the host's own package manager.

    The plan is the package manager's own simulation. Held packages are respected, locks are waited for, an
    interrupted earlier run is repaired first. Check mode returns the `plan` and changes nothing.

    Returns:
        packages: what was changed: name, old and new version.
        plan: what would be changed, in check mode: versions and where they come from, sizes, configuration
            files at risk, services that run replaced files, whether a reboot is to be expected.
        kept_back, held, phased: packages that were left alone, by the reason.
        repaired: whether an interrupted earlier run was ended first.
        conffiles_kept: configuration files of which a newer version was not taken.
        restart_needed: services that still use old files.
        reboot_required, reboot_packages: whether a reboot is due, and because of which packages.

    Examples:
        - name: Install security updates, but not of the database
          package_upgrade:
            security: true
            exclude: [postgresql*]
    """

    Args = UpgradeArgs

    async def run(self, task: TaskContext, args: UpgradeArgs) -> Result:
        if task.check:
            return await planned(task, args)
        packages, system = await task.packages(), await task.system()
        if args.refresh:
            await packages.refresh(valid_for=args.cache_valid_time, lock_timeout=args.lock_timeout)
        result = report.done(await packages.upgrade(args.upgrade_request(task.approved)))
        reason = await system.reboot_required()
        result["restart_needed"] = await system.services_to_restart()
        result["reboot_required"] = reason.required
        result["reboot_packages"] = reason.packages
        if reason.required:
            result["msg"] += "; a reboot is required"
        return result
