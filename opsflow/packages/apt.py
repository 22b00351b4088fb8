"""The package manager of Debian and Ubuntu: apt-get and dpkg, asked and run by target code."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from opsflow.core.drivers import PackageManager, Progress, package_managers
from opsflow.core.results import PackageChange
from opsflow.core.upgrades import Plan, RolledBack, Safety, Update, Upgraded, UpgradeRequest

from .approval import KINDS
from .lasting import steady, unbroken


@package_managers.register("apt")
class AptPackageManager(PackageManager):
    """apt on one host."""

    module = "apt"

    async def refresh(
        self, *, valid_for: int = 0, lock_timeout: float = 600.0, progress: Progress | None = None
    ) -> bool:
        args = {"cache_valid_time": valid_for, "lock_timeout": lock_timeout, "retries": 3}
        result = await steady(self.host, "apt_cache.refresh", args, check=False, on_event=_events(progress))
        return bool(result["changed"])

    async def updates(self) -> list[Update]:
        return (await self.plan(UpgradeRequest())).upgrade

    async def plan(
        self, request: UpgradeRequest, *, refresh: bool = False, valid_for: int = 0, state: bool = False
    ) -> Plan:
        how: dict[str, Any] = {
            "refresh": refresh,
            "valid_for": valid_for,
            "conffiles": request.conffiles,
            "state": state,
        }
        how["approved"] = _approved(request)
        result = await steady(self.host, "apt_upgrade.plan", {**_kinds(request), **how})
        lists = {key: [Update(**one) for one in result[key]] for key in ("upgrade", "install", "remove")}
        return Plan(**lists, **{key: value for key, value in result.items() if key not in lists})

    async def upgrade(self, request: UpgradeRequest, *, progress: Progress | None = None) -> Upgraded:
        if request.approved is not None and not any(request.approved[kind] for kind in KINDS):
            return Upgraded([])
        safety = request.safety
        args = {
            "wanted": _kinds(request),
            "approved": _approved(request),
            "run": self.host.run_id,
            "conffiles": request.conffiles,
            "lock_timeout": request.lock_timeout,
            "time_limit": safety.time_limit,
            "on_failure": safety.on_failure,
            "preflight": safety.preflight and {"policy": dict(safety.preflight), "control_time": time.time()},
            "verify": _verify(safety),
        }
        return await self._change("upgrade.run", args, progress)

    async def look_before(self, policy: Mapping[str, Any]) -> list[dict[str, Any]]:
        args = {"policy": dict(policy), "control_time": time.time()}
        return list((await steady(self.host, "preflight.early", args))["checks"])

    async def verify(self, transaction: str, safety: Safety, *, kernel: str = "") -> list[dict[str, Any]]:
        args = {"transaction": transaction, "verify": _verify(safety), "kernel": kernel}
        return list((await steady(self.host, "upgrade.after_boot", args))["checks"])

    async def roll_back(
        self,
        transaction: str = "",
        *,
        run: str = "",
        safety: Safety | None = None,
        force: bool = False,
        check: bool = False,
    ) -> RolledBack:
        safety = safety or Safety()
        args = {
            "transaction": transaction,
            "run": run,
            "force": force,
            "time_limit": safety.time_limit,
            "verify": _verify(safety),
        }
        if check:
            names = {"transaction": transaction, "run": run, "force": force}
            result = await steady(self.host, "rollback.plan", names)
        else:
            result = await unbroken(self.host, "rollback.run", args, None)
        changes = [PackageChange(**change) for change in result["packages"]]
        kept = ("transaction", "conffiles_restored", "not_undone", "checks", "stdout", "stderr")
        return RolledBack(changes=changes, **{key: result[key] for key in kept})

    async def autoremove(
        self, *, purge: bool = False, lock_timeout: float = 600.0, progress: Progress | None = None
    ) -> Upgraded:
        args = {"purge": purge, "lock_timeout": lock_timeout}
        return await self._change("apt_upgrade.autoremove", args, progress)

    async def hold(self, names: Sequence[str], *, held: bool = True) -> bool:
        result = await self.host.call("apt_upgrade.hold", {"names": list(names), "held": held})
        return bool(result["changed"])

    async def repair(self, *, lock_timeout: float = 600.0, progress: Progress | None = None) -> list[str]:
        return (await self._change("apt_upgrade.repair", {"lock_timeout": lock_timeout}, progress)).repaired

    async def _change(self, fn: str, args: Mapping[str, Any], progress: Progress | None) -> Upgraded:
        result = await unbroken(self.host, fn, args, _events(progress))
        kept = ("repaired", "conffiles_kept", "kept_back", "held", "phased", "stdout", "stderr")
        kept += ("transaction", "conffile_decisions", "checks", "preflight")
        return Upgraded(
            [PackageChange(**change) for change in result["packages"]],
            **{key: result[key] for key in kept if key in result},
        )


def _verify(safety: Safety) -> dict[str, Any]:
    return {"settle": safety.settle, "health": safety.health, "restart": safety.restart}


def _approved(request: UpgradeRequest) -> dict[str, Any] | None:
    return None if request.approved is None else dict(request.approved)


def _kinds(request: UpgradeRequest) -> dict[str, Any]:
    return {
        "mode": request.mode,
        "only": list(request.only),
        "exclude": list(request.exclude),
        "security": request.security,
        "autoremove": request.autoremove,
        "purge": request.purge,
    }


def _events(progress: Progress | None) -> Callable[[Mapping[str, Any]], None] | None:
    if progress is None:
        return None

    def tell(event: Mapping[str, Any]) -> None:
        if event.get("type") == "progress":
            progress(event["message"], event["percent"])

    return tell
