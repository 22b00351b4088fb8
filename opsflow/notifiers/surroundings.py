"""Whom something is about: the groups and environments of hosts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from opsflow.core.errors import OpsFlowError
from opsflow.inventory.model import Inventory
from opsflow.inventory.variables import InventoryVariables
from opsflow.templating.render import Renderer
from opsflow.templating.scope import Scope

from .compose import Concerned

VARIABLE = "opsflow_environment"
"""The variable of a host, or of the command line, that names its environment."""


class Surroundings:
    """Knows the groups and the environment of each host of a run."""

    def __init__(
        self,
        inventory: Inventory,
        renderer: Renderer,
        *,
        extra_vars: Mapping[str, Any] | None = None,
        playbook_dir: Path | None = None,
        environment: str | None = None,
    ) -> None:
        """`environment` is that of hosts that have none of their own."""
        self._inventory = inventory
        self._renderer = renderer
        self._extra = extra_vars or {}
        self._variables = InventoryVariables(inventory, playbook_dir=playbook_dir)
        self._environment = environment
        self._known: dict[str, str | None] = {}

    def of(self, hosts: Iterable[str]) -> Concerned:
        """Return whom something about these hosts is about; without a host, the run's own environment."""
        names = tuple(dict.fromkeys(map(str, hosts)))
        groups = {group for host in names for group in self._groups(host)}
        found = {self._of_host(host) for host in names} if names else {self._environment}
        return Concerned(names, frozenset(groups), frozenset(one for one in found if one))

    def _groups(self, host: str) -> Iterable[str]:
        try:
            return self._inventory.group_names(host)
        except KeyError:  # it was delegated to, and is in no inventory
            return []

    def _of_host(self, host: str) -> str | None:
        if host not in self._known:
            self._known[host] = self._looked_up(host)
        return self._known[host]

    def _looked_up(self, host: str) -> str | None:
        try:
            layers = [self._extra, self._variables.for_host(host)]
            found = Scope(self._renderer, layers).get(VARIABLE)
            return str(found) if found else self._environment
        except (KeyError, OpsFlowError):
            return self._environment
