"""Debian as a whole: what it is, what it needs after an upgrade, its reboot."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from opsflow.core.drivers import Progress, Rebooted, RebootReason, SystemManager, system_managers
from opsflow.packages.lasting import lasting, steady

from .reboot import reboot


@system_managers.register("debian")
class Debian(SystemManager):
    """A Debian host."""

    async def facts(self) -> dict[str, Any]:
        facts = await self.host.call("os_info.run")
        return {key: value for key, value in facts.items() if key != "changed"}

    async def reboot_required(self) -> RebootReason:
        result = await steady(self.host, "restarts.run", {"services": False})
        return RebootReason(result["reboot_required"], result["reboot_packages"], result["newer_kernel"])

    async def services_to_restart(self) -> list[str]:
        return list((await steady(self.host, "restarts.run"))["restart_needed"])

    async def patch_state(self, *, refresh: bool = True, valid_for: int = 0) -> dict[str, Any]:
        return await self.host.call("patch_state.run", {"refresh": refresh, "valid_for": valid_for})

    async def run_hooks(self, stage: str, commands: Sequence[str] = ()) -> list[dict[str, Any]]:
        result = await lasting(self.host, "hooks.run", {"stage": stage, "commands": list(commands)}, None)
        return list(result["hooks"])

    async def reboot(self, *, timeout: float = 600.0, progress: Progress | None = None) -> Rebooted:
        return await reboot(self.host, timeout=timeout, progress=progress)
