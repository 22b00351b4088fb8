"""Which drivers fit a host."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from opsflow.core.drivers import Host, PackageManager, SystemManager, package_managers, system_managers
from opsflow.core.errors import OpsFlowError, TaskError
from opsflow.packages.lasting import steady

_PACKAGES = {"debian": "apt", "ubuntu": "apt"}


async def drivers_for(
    host: Host, variables: Mapping[str, Any], group_names: Sequence[str]
) -> tuple[SystemManager, PackageManager]:
    """Return the drivers of a host.

    The inventory decides by the variable `opsflow_system` or a group named after a driver; else gathered
    facts, else one call that reads the host's os-release.

    Raises:
        TaskError: no driver fits the host, or `opsflow_system` names none.
    """
    named = variables.get("opsflow_system") or _by_group(group_names) or _by_facts(variables)
    name = str(named) if named else await _by_asking(host)
    try:
        system = system_managers.get(name)
    except OpsFlowError as error:
        raise TaskError(f"opsflow_system: {error.message}", hint=error.hint) from None
    packages = package_managers.get(_PACKAGES.get(name, "apt"))(host)
    return system(host, packages), packages


def _by_group(group_names: Sequence[str]) -> str | None:
    """Return the driver that a group is named after; a host in the groups of two is asked itself."""
    named = [name for name in group_names if name in system_managers]
    return named[0] if len(named) == 1 else None


def _by_facts(variables: Mapping[str, Any]) -> str | None:
    facts: Mapping[str, Any] = variables.get("ansible_facts") or {}
    names = ("distribution", "os_family")
    return _first([variables.get(f"ansible_{name}") or facts.get(name) for name in names])


async def _by_asking(host: Host) -> str:
    info = await steady(host, "os_info.run")
    found = _first([info["id"], *info["id_like"]])
    if found is None:
        raise TaskError(
            f"there is no system driver for {info['name'] or 'this system'}",
            hint=f"set opsflow_system in the inventory to one of: {', '.join(system_managers.names())}",
        )
    return found


def _first(names: Sequence[str | None]) -> str | None:
    return next((name.lower() for name in names if name and name.lower() in system_managers), None)
