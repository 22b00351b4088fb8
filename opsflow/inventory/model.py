"""Hosts, groups, and how they belong together."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from opsflow.connection.settings import meant
from opsflow.core.errors import Problem
from opsflow.core.origin import Origin
from opsflow.source.values import Map, is_templated
from opsflow.source.vault import Vault

LOCALHOST = ("localhost", "127.0.0.1", "::1")

_BUILT_IN = Origin("(built in)", 1, 1)
_AT_RUN_TIME = Origin("(added while running)", 1, 1)


class Host:
    """A host. `vars` are those of inventory files and of `add_host`, `groups` the direct ones by name.

    `source` is the inventory file that named it first; `implicit` marks the localhost nobody wrote down.
    """

    __slots__ = ("groups", "implicit", "name", "source", "vars")

    def __init__(
        self, name: str, origin: Origin, *, source: Path | None = None, implicit: bool = False
    ) -> None:
        self.name = name
        self.vars = Map(origin)
        self.groups: dict[str, Group] = {}
        self.source = source
        self.implicit = implicit

    def __repr__(self) -> str:
        return f"Host({self.name!r})"

    @property
    def place(self) -> Mapping[str, str | None]:
        """`inventory_file` and `inventory_dir`: the file that named it first; nothing if implicit."""
        return {} if self.implicit else _place(self.source)


class Group:
    """A group; `hosts`, `children` and `parents` are the direct ones by name.

    `depth` is the longest way down from `all`. Variables of a deeper group win; among equals those of a
    higher `priority` (`ansible_group_priority`), then the alphabetically later.
    """

    __slots__ = ("children", "depth", "hosts", "name", "parents", "priority", "vars")

    def __init__(self, name: str, origin: Origin) -> None:
        self.name = name
        self.vars = Map(origin)
        self.hosts: dict[str, Host] = {}
        self.children: dict[str, Group] = {}
        self.parents: dict[str, Group] = {}
        self.depth = 0
        self.priority = 1

    def __repr__(self) -> str:
        return f"Group({self.name!r})"

    def descendants(self) -> list[Group]:
        """Return this group and all below it, level by level."""
        level = found = {self.name: self}
        while level:
            below = (child for group in level.values() for child in group.children.values())
            level = {child.name: child for child in below if child.name not in found}
            found = found | level
        return list(found.values())

    def all_hosts(self) -> list[Host]:
        """Return the hosts of this group and of all below it, each once."""
        found: dict[str, Host] = {}
        for group in self.descendants():
            for name, host in group.hosts.items():
                found.setdefault(name, host)
        return list(found.values())


class Inventory:
    """All hosts and groups of a run, in the order in which the sources name them.

    `warnings` holds what is suspicious but harmless. `vars_dirs` are the directories whose `group_vars/`
    and `host_vars/` belong to the sources, `playbook_dir` the one beside the playbook. `read_again` reads the
    sources anew, where there are any. `vault` decrypts.
    """

    def __init__(
        self,
        sources: Iterable[str] = (),
        *,
        vars_dirs: Iterable[Path] = (),
        playbook_dir: Path | None = None,
        vault: Vault | None = None,
    ) -> None:
        self.vault = vault or Vault()
        self.hosts: dict[str, Host] = {}
        self.groups: dict[str, Group] = {}
        self.sources = tuple(sources)
        self.vars_dirs = tuple(vars_dirs)
        self.playbook_dir = playbook_dir
        self.warnings: list[Problem] = []
        self.read_again: Callable[[], Inventory] | None = None
        self._implicit: dict[str, Host] = {}
        self._added: list[tuple[str, Mapping[str, Any], list[str], list[str]]] = []
        self._lineages: dict[tuple[str, ...], list[Group]] = {}
        self.all = self.add_group("all", _BUILT_IN)
        self.ungrouped = self.add_group("ungrouped", _BUILT_IN)
        self.add_child(self.all, self.ungrouped)
        self.rank()

    def host(self, name: str) -> Host:
        """Return the host called `name`; localhost is made on demand, and is in no group.

        Raises KeyError when there is none.
        """
        if name in self.hosts:
            return self.hosts[name]
        if name in LOCALHOST:
            for alias in LOCALHOST:
                if alias in self.hosts:
                    return self.hosts[alias]
            return self._implicit.setdefault(name, _implicit_localhost(name))
        return self._implicit[name]

    def add_delegate(self, name: str) -> None:
        """Make a host known that only `delegate_to` names: it is in no group."""
        self._implicit[name] = Host(name, _AT_RUN_TIME)

    def groups_of(self, host: Host | str) -> list[Group]:
        """Return all groups that `host` is in, directly or not, weakest variables first: `all` leads."""
        host = self.host(host) if isinstance(host, str) else host
        key = tuple(host.groups)
        if key not in self._lineages:
            self._lineages[key] = self._lineage(host.groups.values())
        return self._lineages[key]

    def group_names(self, host: Host | str) -> list[str]:
        """Return the names of all groups of `host` except `all`, sorted."""
        host = self.host(host) if isinstance(host, str) else host
        return sorted(group.name for group in self.groups_of(host) if group is not self.all)

    def add_host(
        self, name: str, vars: Mapping[str, Any], groups: Iterable[str], parents: Iterable[str] = ()
    ) -> bool:
        """Add a host while a run is under way, or give a known one more variables and groups.

        Groups that don't exist are made, and `parents` put above all of `groups`. Returns whether that is
        anything new. Raises ValueError when a group would contain itself.
        """
        groups, parents = list(groups), list(parents)
        new = not self._has(name, vars, groups, parents)
        host = self.hosts.get(name) or self.hosts.setdefault(name, Host(name, _AT_RUN_TIME))
        merge_vars(host.vars, vars)
        known = len(self.groups)
        for group_name in (*groups, *parents):
            if group_name not in self.groups:
                self.add_child(self.all, self.add_group(group_name, _AT_RUN_TIME))
        for group_name in groups:
            for parent in parents:
                self.add_child(self.groups[parent], self.groups[group_name])
            join(host, self.groups[group_name])
        if parents or len(self.groups) > known:
            self.rank()
        self.place(host)
        self._added.append((name, vars, groups, parents))
        return new

    def _has(self, name: str, vars: Mapping[str, Any], groups: list[str], parents: list[str]) -> bool:
        """Tell whether a host has these variables and groups, and the groups these parents."""
        host = self.hosts.get(name)
        return (
            host is not None
            and all(key in host.vars and host.vars[key] == value for key, value in vars.items())
            and all(group in host.groups for group in groups)
            and all(parent in self.groups[group].parents for group in groups for parent in parents)
        )

    def take(self, other: Inventory) -> None:
        """Become what `other`, a new reading of the same sources, says; what a run has added stays.

        Hosts that are gone are in no group and no pattern finds them, but `host` does: a play may be at them.
        """
        gone = {name: host for name, host in self.hosts.items() if name not in other.hosts}
        self.hosts, self.groups = other.hosts, other.groups
        self.all, self.ungrouped = other.all, other.ungrouped
        self.vars_dirs, self.warnings = other.vars_dirs, other.warnings
        self._implicit, self._lineages = {**self._implicit, **gone, **other._implicit}, other._lineages
        added, self._added = self._added, []
        for name, vars, groups, parents in added:
            if name in gone and gone[name].vars.origin is not _AT_RUN_TIME:
                continue  # the sources named it, and do no more
            self.add_host(name, vars, groups, parents)

    def add_group(self, name: str, origin: Origin) -> Group:
        """Return the group called `name`, made at `origin` when it doesn't exist yet."""
        if name not in self.groups:
            self.groups[name] = Group(name, origin)
        return self.groups[name]

    def add_child(self, parent: Group, child: Group) -> None:
        """Put `child` below `parent`.

        Raises ValueError when `parent` is below `child` already. `rank` gives new depths.
        """
        if child.name in parent.children:
            return
        if parent in child.descendants():
            raise ValueError(f"group '{child.name}' would contain itself through '{parent.name}'")
        parent.children[child.name] = child
        child.parents[parent.name] = parent
        self._lineages.clear()

    def rank(self) -> None:
        """Give each group its depth: the longest way from `all`, so that parents come before children."""
        waiting = {group.name: len(group.parents) for group in self.groups.values()}
        ready = [group for group in self.groups.values() if not group.parents]
        for group in self.groups.values():
            group.depth = 0 if group is self.all else 1
        while ready:
            group = ready.pop()
            for child in group.children.values():
                child.depth = max(child.depth, group.depth + 1)
                waiting[child.name] -= 1
                if not waiting[child.name]:
                    ready.append(child)
        self._lineages.clear()

    def place(self, host: Host) -> None:
        """Put `host` in `ungrouped` when no group but `all` has it, else take it out."""
        if any(group is not self.all and group is not self.ungrouped for group in host.groups.values()):
            host.groups.pop("ungrouped", None)
            self.ungrouped.hosts.pop(host.name, None)
        else:
            join(host, self.ungrouped)

    def _lineage(self, direct: Iterable[Group]) -> list[Group]:
        level = {group.name: group for group in direct}
        found = {"all": self.all} | level
        while level:
            above = (parent for group in level.values() for parent in group.parents.values())
            level = {parent.name: parent for parent in above if parent.name not in found}
            found = found | level
        return sorted(found.values(), key=lambda group: (group.depth, group.priority, group.name))


@lru_cache(maxsize=256)
def _place(source: Path | None) -> Mapping[str, str | None]:
    """Return the variables of a source's place: hosts of the same source share them."""
    file = None if source is None else source.absolute()
    folder = None if file is None else str(file.parent)
    return {"inventory_file": None if file is None else str(file), "inventory_dir": folder}


def join(host: Host, group: Group) -> None:
    """Make `host` a direct member of `group`."""
    group.hosts[host.name] = host
    host.groups[group.name] = group


def merge_vars(
    into: Map, source: Mapping[Any, Any], warn: Callable[[str, Origin], None] | None = None
) -> None:
    """Put the variables of `source` into `into`, with their places; names nobody can use are warned about."""
    for name, value in source.items():
        origin = source.origin_of(name) if isinstance(source, Map) else into.origin
        if not isinstance(name, str):
            if warn:
                warn(f"a variable's name must be text: {name!r} is left out", origin)
            continue
        if warn and not name.isidentifier():
            warn(f"'{name}' can't be used as a variable's name in templates", origin)
        if warn and name.startswith("ansible_") and (hint := meant(name)):
            warn(f"'{name}' says nothing about how the host is reached: {hint}", origin)
        into[name] = value
        into.key_origins[name] = origin
        into.templated = into.templated or is_templated(value)


def _implicit_localhost(name: str) -> Host:
    host = Host(name, _BUILT_IN, implicit=True)
    merge_vars(host.vars, {"ansible_connection": "local", "ansible_python_interpreter": sys.executable})
    return host
