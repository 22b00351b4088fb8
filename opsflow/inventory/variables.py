"""A host's variables from the inventory and the files beside it, layer by layer.

Weakest first, as in Ansible: inventory `all`, other groups (see `Group`), `group_vars/all`, other
`group_vars`, inventory host, `host_vars`; of the files, those beside the playbook win over those beside
the inventory. A value replaces a weaker one whole. Nothing is rendered here.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from opsflow.core.errors import InputError, Problem
from opsflow.core.origin import Origin

from .model import Group, Host, Inventory
from .vars_files import Layer, VarsDirectory


class InventoryVariables:
    """Variables of each host. Files are read when a host first needs them, and once.

    Args:
        inventory: whose hosts; warnings about the files are added to it.
        playbook_dir: instead of the inventory's own, where playbooks of several directories share it.
    """

    def __init__(self, inventory: Inventory, *, playbook_dir: Path | None = None) -> None:
        self.inventory = inventory
        beside_playbook = playbook_dir or inventory.playbook_dir
        directories = [*inventory.vars_dirs, *([beside_playbook] if beside_playbook else [])]
        known: dict[Path, _Beside] = {}
        self._beside = [known.setdefault(path.resolve(), _Beside.at(path, self)) for path in directories]
        self._shared: dict[tuple[str, ...], _Shared] = {}

    def for_host(self, name: str) -> dict[str, Any]:
        """Return all variables of the host called `name`: a new dict of unrendered values.

        Raises KeyError for an unknown host, InputError when a file is wrong.
        """
        host = self.inventory.host(name)
        merged = dict(self._shared_by_groups(host).merged)
        for _, values in self._host_layers(host):
            merged.update(values)
        return merged

    def layers(self, name: str) -> list[Layer]:
        """Return the layers that `for_host` merges, weakest first, each with a name for people.

        Raises KeyError for an unknown host, InputError when a file is wrong.
        """
        host = self.inventory.host(name)
        return [*self._shared_by_groups(host).layers, *self._host_layers(host)]

    def for_group(self, name: str) -> dict[str, Any]:
        """Return the variables that the group called `name` itself sets, in the inventory or in files.

        Its priority is among them where it has one. Raises KeyError for an unknown group, InputError when a
        file is wrong.
        """
        group = self.inventory.groups[name]
        priority = {} if group.priority == 1 else {"ansible_group_priority": group.priority}
        return _merged([("", group.vars), *self._group_files([group])]) | priority

    def own_of_host(self, name: str) -> dict[str, Any]:
        """Return the variables that the host called `name` has from no group.

        Raises KeyError for an unknown host, InputError when a file is wrong.
        """
        return _merged(self._host_layers(self.inventory.host(name)))

    def regroup(self) -> None:
        """Take note that groups have changed. What was read from files stays."""
        self._shared.clear()

    def check(self, hosts: Iterable[Host]) -> None:
        """Read the files of all of `hosts` now. Raises InputError with every problem in them."""
        hosts = list(hosts)
        groups = dict.fromkeys(group.name for host in hosts for group in self.inventory.groups_of(host))
        problems: dict[Problem, None] = {}
        for beside in self._beside:
            wanted = [(beside.group_vars, name) for name in groups]
            wanted += [(beside.host_vars, host.name) for host in hosts]
            for directory, name in wanted:
                try:
                    directory.of(name)
                except InputError as error:
                    problems.update(dict.fromkeys(error.problems))
        if problems:
            raise InputError(list(problems))

    def warn(self, message: str, origin: Origin) -> None:
        """Add a warning to the inventory's."""
        self.inventory.warnings.append(Problem(message, origin))

    def _shared_by_groups(self, host: Host) -> _Shared:
        key = tuple(host.groups)
        if key not in self._shared:
            groups = self.inventory.groups_of(host)
            layers: list[Layer] = [(f"inventory group {group.name}", group.vars) for group in groups]
            layers += self._group_files(groups[:1]) + self._group_files(groups[1:])
            self._shared[key] = _Shared(layers, _merged(layers))
        return self._shared[key]

    def _group_files(self, groups: list[Group]) -> list[Layer]:
        """Return the layers of `group_vars/`: the place of a file counts more than the depth of its group."""
        return [
            layer for beside in self._beside for group in groups for layer in beside.group_vars.of(group.name)
        ]

    def _host_layers(self, host: Host) -> list[Layer]:
        layers: list[Layer] = [("inventory host", host.vars)]
        for beside in self._beside:
            layers += beside.host_vars.of(host.name)
        return layers


class _Shared(NamedTuple):
    """What all hosts of the same groups have in common."""

    layers: list[Layer]
    merged: dict[str, Any]


class _Beside(NamedTuple):
    """The directories of variables in one place."""

    group_vars: VarsDirectory
    host_vars: VarsDirectory

    @classmethod
    def at(cls, directory: Path, variables: InventoryVariables) -> _Beside:
        vault = variables.inventory.vault
        names = ("group_vars", "host_vars")
        return cls(*(VarsDirectory(directory / name, variables.warn, vault) for name in names))


def _merged(layers: Iterable[Layer]) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for _, values in layers:
        merged.update(values)
    return merged
