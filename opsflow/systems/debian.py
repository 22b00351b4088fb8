"""Debian as a whole: what it is, what it needs after an upgrade, its reboot."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from opsflow.core.drivers import Progress, SystemManager, system_managers
from opsflow.core.upgrades import NextRelease, Rebooted, RebootReason, ReleaseRequest, Safety
from opsflow.packages.lasting import lasting, steady, unbroken

from .reboot import reboot

_BACK = 60.0  # seconds to connect anew


@system_managers.register("debian")
class Debian(SystemManager):
    """A Debian host."""

    async def facts(self) -> dict[str, Any]:
        facts = await steady(self.host, "os_info.run")
        return {key: value for key, value in facts.items() if key != "changed"}

    async def reboot_required(self) -> RebootReason:
        result = await steady(self.host, "restarts.run", {"services": False})
        return RebootReason(result["reboot_required"], result["reboot_packages"], result["newer_kernel"])

    async def services_to_restart(self) -> list[str]:
        return list((await steady(self.host, "restarts.run"))["restart_needed"])

    async def patch_state(self, *, refresh: bool = True, valid_for: int = 0) -> dict[str, Any]:
        return await steady(self.host, "patch_state.run", {"refresh": refresh, "valid_for": valid_for})

    async def release_available(self) -> NextRelease:
        result = await steady(self.host, "release_next.run")
        return NextRelease(**{key: value for key, value in result.items() if key != "changed"})

    async def plan_release(self, request: ReleaseRequest) -> dict[str, Any]:
        return await steady(
            self.host, "release_plan.run", {"to": request.to, "third_party": request.third_party}
        )

    async def release_upgrade(self, request: ReleaseRequest) -> dict[str, Any]:
        safety = request.safety
        args = {
            "to": request.to,
            "run": self.host.run_id,
            "third_party": request.third_party,
            "remove_obsolete": request.remove_obsolete,
            "conffiles": request.conffiles,
            "lock_timeout": request.lock_timeout,
            "before": list(request.before),
            "after": list(request.after),
            "time_limit": safety.time_limit,
            "preflight": safety.preflight and {"policy": dict(safety.preflight), "control_time": time.time()},
            "verify": _verify(safety),
        }
        result = await unbroken(self.host, "release_upgrade.run", args, None)
        if result["changed"]:  # the program over there may have lost the library of its Python
            await self.host.reconnect(_BACK)
        return result

    async def verify_release(
        self, transaction: str, safety: Safety, *, kernel: str = ""
    ) -> list[dict[str, Any]]:
        args = {"transaction": transaction, "verify": _verify(safety), "kernel": kernel}
        return list((await steady(self.host, "release_upgrade.after_boot", args))["checks"])

    async def run_hooks(self, stage: str, commands: Sequence[str] = ()) -> list[dict[str, Any]]:
        result = await lasting(self.host, "hooks.run", {"stage": stage, "commands": list(commands)}, None)
        return list(result["hooks"])

    async def reboot(self, *, timeout: float = 600.0, progress: Progress | None = None) -> Rebooted:
        return await reboot(self.host, timeout=timeout, progress=progress)


def _verify(safety: Safety) -> dict[str, Any]:
    return {"settle": safety.settle, "health": safety.health}
