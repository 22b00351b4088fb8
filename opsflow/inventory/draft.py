"""An inventory that is being read: what the parser of each format writes into.

Problems are collected, never raised, so that one run shows all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

from opsflow.core.errors import InputError, Problem
from opsflow.core.origin import Origin
from opsflow.source.values import Map, Template

from .model import Group, Host, Inventory, join, merge_vars
from .names import expand


class Templates(Protocol):
    """Renders what an inventory computes; this room knows nothing of Jinja2. All raise TaskError."""

    extra_vars: Mapping[str, Any]

    def evaluate(self, expression: str, variables: Mapping[str, Any]) -> Any:
        """Return the value of a bare expression."""
        ...

    def condition(self, condition: Any, variables: Mapping[str, Any]) -> bool:
        """Return whether a condition holds; it must be true or false."""
        ...

    def render(self, value: Any, variables: Mapping[str, Any]) -> Any:
        """Return a value with the templates in it rendered."""
        ...


class Draft:
    """Hosts, groups and variables so far. `source` is the file that is being read, if it is one.

    `templates` makes what renders templates in sources that compute hosts and groups.
    """

    def __init__(self, inventory: Inventory, templates: Callable[[], Templates] | None = None) -> None:
        self.inventory = inventory
        self.templates = templates
        self.problems: list[Problem] = []
        self.source: Path | None = None
        self.encrypted = False

    def problem(self, message: str, origin: Origin | None, hint: str | None = None) -> None:
        """Note that something is wrong."""
        self.problems.append(Problem(message, origin, hint))

    def warn(self, message: str, origin: Origin) -> None:
        """Note that something is suspicious."""
        self.inventory.warnings.append(Problem(message, origin))

    def group(self, name: Any, origin: Origin) -> Group | None:
        """Return the group called `name`, made when it is new; None, and a problem, for a bad name."""
        if not self._is_name(name, "group", origin):
            return None
        return self.inventory.add_group(str(name), origin)

    def child(self, parent: Group, child: Group, origin: Origin) -> None:
        """Put one group below another."""
        try:
            self.inventory.add_child(parent, child)
        except ValueError as error:
            self.problem(str(error), origin)

    def hosts(self, key: Any, group: Group, origin: Origin) -> list[Host]:
        """Return the hosts that `key` stands for (a name, a range, with a port or not), put in `group`."""
        if not self._is_name(key, "host", origin):
            return []
        try:
            names, port = expand(key)
        except ValueError as error:
            self.problem(str(error), origin)
            return []
        hosts = [self.host(name, group, origin) for name in names]
        for host in hosts:
            if port is not None:
                merge_vars(host.vars, {"ansible_port": port})
        return hosts

    def host(self, name: str, group: Group, origin: Origin) -> Host:
        """Return the host of exactly this name, made when it is new, put in `group`."""
        hosts = self.inventory.hosts
        if name not in hosts:
            hosts[name] = Host(name, origin, source=self.source)
        join(hosts[name], group)
        return hosts[name]

    def host_vars(self, hosts: list[Host], values: Map) -> None:
        """Give each of `hosts` variables."""
        self._hide(values)
        for host in hosts:
            merge_vars(host.vars, values, self.warn if host is hosts[0] else None)

    def group_vars(self, group: Group, values: Map) -> None:
        """Give `group` variables; `ansible_group_priority` becomes its priority."""
        self._hide(values)
        merge_vars(group.vars, values, self.warn)
        if "ansible_group_priority" not in group.vars:
            return
        origin = group.vars.origin_of("ansible_group_priority")
        given = group.vars.pop("ansible_group_priority")
        try:
            group.priority = int(given)
        except (TypeError, ValueError):
            self.problem(f"ansible_group_priority must be a number, not {given!r}", origin)

    def _hide(self, values: Map) -> None:
        if self.encrypted:
            self.inventory.vault.hide(values)

    def finish(self) -> Inventory:
        """Return the inventory with its loose ends tied. Raises InputError with all problems."""
        if self.problems:
            raise InputError(self.problems)
        inventory = self.inventory
        for group in inventory.groups.values():
            if not group.parents and group is not inventory.all:
                inventory.add_child(inventory.all, group)
            if group.name in inventory.hosts:
                self.warn(f"'{group.name}' is both a host and a group", group.vars.origin)
        for host in inventory.hosts.values():
            inventory.place(host)
        inventory.rank()
        return inventory

    def _is_name(self, name: Any, what: str, origin: Origin) -> bool:
        if not isinstance(name, str):
            self.problem(
                f"a {what}'s name must be text, not {name!r}", origin, f'put quotes around it: "{name}"'
            )
        elif isinstance(name, Template):
            self.problem(f"a {what}'s name can't hold a template: {name}", origin)
        elif not name.strip():
            self.problem(f"a {what}'s name is empty", origin)
        else:
            return True
        return False
