"""A whole update of one host: hooks, lists, upgrade, hooks, reboot, and back where that did not end well."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from opsflow.core.drivers import PackageManager, Progress, SystemManager
from opsflow.core.errors import TaskError, Unreachable
from opsflow.core.upgrades import Rebooted, RebootReason, UpgradeRequest
from opsflow.packages import report

RebootPolicy = Literal["never", "if_required", "always"]


@dataclass(frozen=True, slots=True)
class UpdateRequest:
    """What an update does. `valid_for` and `reboot_timeout` are in seconds.

    `turn` is held during the reboot and the verification after it; it gives the reason where there is none.
    """

    upgrade: UpgradeRequest
    refresh: bool = True
    valid_for: int = 0
    pre_update: Sequence[str] = ()
    post_update: Sequence[str] = ()
    reboot: RebootPolicy = "never"
    reboot_timeout: float = 600.0
    turn: Callable[[], AbstractAsyncContextManager[str | None]] = nullcontext


@dataclass(slots=True)
class _Done:
    """What has been done so far; it goes into the result, and into the data of an error."""

    started: float = field(default_factory=time.monotonic)
    upgrade: dict[str, Any] = field(default_factory=dict[str, Any])
    hooks: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    reason: RebootReason | None = None
    services: list[str] | None = None
    rebooted: Rebooted | None = None
    postponed: str = ""
    checks: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    def result(self) -> dict[str, Any]:
        known: dict[str, Any] = {} if self.services is None else {"restart_needed": self.services}
        if self.reason:
            known["reboot_required"] = self.reason.required and self.rebooted is None
            known["reboot_packages"] = self.reason.packages
        return {
            **self.upgrade,
            **known,
            "checks": [*self.upgrade.get("checks", []), *self.checks],
            "changed": bool(self.upgrade.get("changed")) or self.rebooted is not None,
            "hooks": self.hooks,
            "rebooted": self.rebooted is not None,
            "reboot": asdict(self.rebooted) if self.rebooted else None,
            "reboot_postponed": self.postponed,
            "elapsed": round(time.monotonic() - self.started, 1),
        }


async def update(
    system: SystemManager, request: UpdateRequest, progress: Progress | None = None
) -> dict[str, Any]:
    """Update a host and return what was done, as the result of a task.

    Raises:
        TaskError: something failed; its data holds what had been done until then.
        Unreachable: the host was lost.
    """
    done = _Done()
    try:
        await _update(system, request, done, progress)
    except TaskError as error:
        earlier = done.result()
        earlier.pop("msg", None)
        error.data = {**earlier, **error.data, "hooks": done.hooks + list(_hooks_of(error))}
        raise
    result = done.result()
    result["msg"] = _sentence(result)
    return result


async def _update(
    system: SystemManager, request: UpdateRequest, done: _Done, progress: Progress | None
) -> None:
    packages, upgrade = system.packages, request.upgrade
    if unfit := await _stops(packages, upgrade.safety.preflight):
        raise TaskError(f"not fit to be updated, so nothing was done: {unfit}")
    done.hooks += await system.run_hooks("pre-update", request.pre_update)
    if request.refresh:
        await packages.refresh(valid_for=request.valid_for, lock_timeout=upgrade.lock_timeout)
    upgraded = await packages.upgrade(upgrade)
    done.upgrade = report.done(upgraded)
    try:
        done.hooks += await system.run_hooks("post-update", request.post_update)
        done.reason = await system.reboot_required()
        if request.reboot == "always" or (request.reboot == "if_required" and done.reason.required):
            done.postponed = await _stops(packages, _window(upgrade.safety.preflight))
            if not done.postponed:
                async with request.turn() as spoilt:
                    done.postponed = spoilt or ""
                    if not spoilt:
                        await _reboot(system, request, done, upgraded.transaction, progress)
    except TaskError as error:
        if upgraded.transaction and upgrade.safety.on_failure == "rollback":
            await _undo(system, request, done, upgraded.transaction, error, progress)
        raise
    done.services = await system.services_to_restart()


async def _stops(packages: PackageManager, policy: Mapping[str, Any] | None) -> str:
    """Return what makes a host unfit for a change now, in words; nothing where it is fit."""
    checks = await packages.look_before(policy) if policy else []
    return "; ".join(one["message"] for one in checks if not one["ok"] and one["level"] == "stop")


def _window(policy: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """Return the part of a policy that is about the maintenance window, if there is one."""
    if not policy or not policy.get("maintenance_window"):
        return None
    names = ("window", "maintenance_window", "timezone", "utc_offset")
    return {name: policy[name] for name in names if name in policy}


async def _reboot(
    system: SystemManager, request: UpdateRequest, done: _Done, transaction: str, progress: Progress | None
) -> None:
    """Reboot, and look once more whether all is well when the host is back."""
    assert done.reason is not None
    done.rebooted = await system.reboot(timeout=request.reboot_timeout, progress=progress)
    if transaction:
        safety = request.upgrade.safety
        try:
            done.checks = await system.packages.verify(transaction, safety, kernel=done.reason.kernel)
        except Unreachable as error:
            raise TaskError(f"it went away again after its reboot: {error.message}") from error


async def _undo(
    system: SystemManager,
    request: UpdateRequest,
    done: _Done,
    transaction: str,
    error: TaskError,
    progress: Progress | None,
) -> None:
    """Undo an upgrade after an error that came once it was done; a host that had rebooted does so again."""
    try:
        undone = await system.packages.roll_back(transaction, safety=request.upgrade.safety)
        after = await system.reboot_required()
        if after.required and done.rebooted:
            await system.reboot(timeout=request.reboot_timeout, progress=progress)
            await system.packages.verify(transaction, request.upgrade.safety)
    except Unreachable:
        error.message += ". It is not rolled back: that needs a connection"
        error.data.update(undoable=True, needs_person=True)
        return
    except TaskError as worse:
        error.message += f". The rollback failed too: {worse.message}. This host needs a person"
        error.data.update(rollback_data=worse.data, needs_person=True)
        return
    count = len(undone.changes)
    error.message += f". Rolled back: {count} package{' is' if count == 1 else 's are'} as before"
    error.data.update(rolled_back=True, undoable=False, packages=[], not_undone=undone.not_undone)
    error.data["attempted"] = [{"name": one.name, "old": one.new, "new": one.old} for one in undone.changes]


def _hooks_of(error: TaskError) -> Sequence[dict[str, Any]]:
    hooks = error.data.get("hooks")
    return hooks if isinstance(hooks, list) else []  # pyright: ignore[reportUnknownVariableType]


def _sentence(result: dict[str, Any]) -> str:
    if result["rebooted"]:
        return f"{result['msg']}; rebooted, back after {result['reboot']['elapsed']:.0f} s"
    if result["reboot_required"]:
        asked = f" ({', '.join(result['reboot_packages'])})" if result["reboot_packages"] else ""
        later = f", but not now: {result['reboot_postponed']}" if result["reboot_postponed"] else ""
        return f"{result['msg']}; a reboot is required{asked}{later}"
    return str(result["msg"])
