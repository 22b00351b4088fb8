"""package_rollback: bring the packages of a host back to what they were before an upgrade."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, model_validator

from opsflow.core.upgrades import RolledBack, Safety

from .base.health import HealthArgs
from .base.module import Module, ModuleArgs, Result, TaskContext, modules
from .base.restarts import RestartPolicy, as_restart
from .base.types import Bool, Float, StrList, Text, arg
from .package_upgrade import as_checks


class Args(ModuleArgs):
    """Which upgrade to undo."""

    transaction: Text = ""
    """The name of the upgrade's record, as `package_upgrade` and `system_update` return it."""
    run_id: Text = ""
    """The run that made the upgrade, or the beginning of its name."""
    force: Bool = False
    """Undo it even where packages have changed again since."""
    time_limit: Float | None = None
    """Seconds that one run of the package manager may take."""
    settle: Float = 10.0
    """Seconds within which services must be up afterwards."""
    health: Annotated[HealthArgs, BeforeValidator(as_checks)] | None = None
    """How the host must be afterwards: a list of checks, or all options of `health_check`."""
    restart_services: RestartPolicy = "needed"
    """`needed`: services that run code of the upgrade, but those a host depends on; a list: only these."""
    restart_exclude: StrList = arg([])
    """Units that are not restarted (shell patterns)."""

    @model_validator(mode="after")
    def _one_name(self) -> Self:
        if self.transaction and self.run_id:
            raise ValueError("transaction and run_id are mutually exclusive")
        return self


@modules.register("package_rollback")
class PackageRollback(Module):
    """Undo an upgrade: the versions, configuration files, marks and holds that were there before it.

    The host keeps the old versions of the two upgrades before now, so that no mirror is asked. Packages that
    the upgrade had installed are removed, but not purged. Without options the newest upgrade is undone. An
    upgrade that is undone already changes nothing, nor does a run that did not upgrade this host.

    Returns:
        packages: what was changed: name, old and new version.
        conffiles_restored: configuration files that were put back.
        not_undone: sentences about what stays as it is.
        checks: what was verified afterwards.
        transaction: the name of the record.
        reboot_required, reboot_packages: whether a reboot is due, and because of which packages.

    Examples:
        - name: Bring back what was there before the last upgrade
          package_rollback:

        - name: Undo what a certain run upgraded
          package_rollback:
            run_id: 20260314-020000-4f2a91
    """

    Args = Args

    async def run(self, task: TaskContext, args: Args) -> Result:
        packages = await task.packages()
        health = args.health.sent() if args.health else None
        restart = as_restart(args.restart_services, args.restart_exclude)
        safety = Safety(time_limit=args.time_limit, settle=args.settle, health=health, restart=restart)
        undone = await packages.roll_back(
            args.transaction, run=args.run_id, safety=safety, force=args.force, check=task.check
        )
        result = {**_result(undone), "msg": _sentence(undone, task.check)}
        if undone.changed and not task.check:
            reason = await (await task.system()).reboot_required()
            result.update(reboot_required=reason.required, reboot_packages=reason.packages)
        return result


def _result(undone: RolledBack) -> dict[str, Any]:
    found = asdict(undone)
    found["packages"] = found.pop("changes")
    return {**found, "changed": undone.changed}


def _sentence(undone: RolledBack, check: bool) -> str:
    if not undone.transaction:
        return "there is no upgrade to undo"
    if not undone.changed:
        return f"the upgrade {undone.transaction} is undone already"
    count = f"{len(undone.changes)} package{'' if len(undone.changes) == 1 else 's'}"
    told = f"{'would bring' if check else 'brought'} {count} back"
    if undone.conffiles_restored:
        told += f", {len(undone.conffiles_restored)} configuration files restored"
    return "; ".join([told, *undone.not_undone])
