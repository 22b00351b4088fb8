"""Ubuntu: a Debian whose later security updates come from Ubuntu Pro."""

from __future__ import annotations

from typing import Any

from opsflow.core.drivers import system_managers

from .debian import Debian


@system_managers.register("ubuntu")
class Ubuntu(Debian):
    """An Ubuntu host. Its phased updates and ESM archives are told apart by the package manager."""

    async def facts(self) -> dict[str, Any]:
        pro = await self.host.call("os_info.pro_services")
        return {**await super().facts(), "pro_services": pro["services"]}
