"""Which variables a task sees on a host: all layers in Ansible's order of precedence."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterable, Iterator, KeysView, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from opsflow.core.errors import InputError, TaskError
from opsflow.inventory.model import Inventory
from opsflow.inventory.variables import InventoryVariables
from opsflow.inventory.vars_files import Layer
from opsflow.playbook.model import Play, RoleUse, Task
from opsflow.source.values import Seq, is_templated
from opsflow.templating.render import Renderer
from opsflow.templating.scope import OMIT, Implied, Scope

from .options import RunOptions
from .state import HostState
from .vars_files import load_vars_files

_COMPATIBLE = "2.19.0"
"""The version of ansible-core whose behaviour we follow, for playbooks that ask `ansible_version`."""


@dataclass(slots=True)
class PlayView:
    """What magic variables say of the play that runs: its name and hosts."""

    name: str
    directory: Path
    hosts: list[str]
    roles: list[RoleUse] = field(default_factory=list[RoleUse])
    role_names: list[str] = field(default_factory=list[str])
    batch: list[str] = field(default_factory=list[str])


_FOLDERS = {"template": "templates", "include_vars": "vars"}


class Variables:
    """Makes the scopes of a run's tasks."""

    def __init__(
        self,
        renderer: Renderer,
        inventory: Inventory,
        options: RunOptions,
        playbook_dir: Path,
        states: dict[str, HostState] | None = None,
    ) -> None:
        """`states` is what is known of hosts already: facts outlive a playbook, not a run."""
        self.renderer = renderer
        self.inventory = inventory
        self.options = options
        self._of_inventory: dict[Path, InventoryVariables] = {}
        self.states = {} if states is None else states
        self.play = PlayView("", playbook_dir, [])
        self._groups: dict[str, list[str]] | None = None
        self.constant = self._constants()
        self._magic: dict[str, Magic] = {}
        self._of_task: dict[tuple[int, Path, int], Mapping[str, Any]] = {}

    @property
    def of_inventory(self) -> InventoryVariables:
        """What the inventory and the files beside it and beside the playbook of the play say."""
        directory = self.play.directory
        if directory not in self._of_inventory:
            self._of_inventory[directory] = InventoryVariables(self.inventory, playbook_dir=directory)
        return self._of_inventory[directory]

    def state(self, name: str) -> HostState:
        """Return what is known of a host. Raises KeyError when the inventory does not know it."""
        if name not in self.states:
            self.states[name] = HostState(self.inventory.host(name))
        return self.states[name]

    def seen_by_others(self, state: HostState) -> Scope:
        """Return what `hostvars` shows of a host: what is its own, nothing of the play."""
        own = (state.results, state.included, state.facts)
        of_inventory = (self.of_inventory.for_host(state.name), state.host.place)
        above = (self.magic(state), self.constant, self.options.extra_vars)
        return Scope(self.renderer, [*above, *own, *of_inventory])

    def magic(self, state: HostState) -> Magic:
        """Return the magic variables of a host."""
        if state.name not in self._magic:
            self._magic[state.name] = Magic(self, state)
        return self._magic[state.name]

    def scope(self, state: HostState, task: Task | None = None, **local: Any) -> Scope:
        """Return what a task sees on a host. `local` outranks all: loop variables."""
        layers: list[Mapping[str, Any]] = [local, self.magic(state)]
        if task is not None:
            layers.append(self.of_task(task))
        layers += (self.constant, self.options.extra_vars, *state.cursor.locals)
        if task is not None and task.role:
            layers += task.role.params
        layers += (state.results, state.included)
        if task is not None:
            layers += reversed(task.vars)
            layers += task.role.strong if task.role else ()
        layers += [use.role.vars for use in self.play.roles[::-1]]
        layers += (*state.play_layers, state.facts, self.of_inventory.for_host(state.name), state.host.place)
        if task is not None and task.role:
            layers += task.role.weak
        layers += [use.role.defaults for use in self.play.roles[::-1]]
        if task is not None:
            layers.append(self.implied(state, task))
        return Scope(self.renderer, layers, _FOLDERS.get(task.info.module, "files") if task else "files")

    def delegate(self, name: str) -> HostState:
        """Return what is known of a host that a task is delegated to; the inventory need not have it."""
        try:
            return self.state(name)
        except KeyError:
            self.inventory.add_delegate(name)
            return self.state(name)

    def delegated(self, scope: Scope, state: HostState, task: Task, name: str) -> Scope:
        """Return a task's scope that knows its delegate: chosen once, with what is known of it."""
        known = self.seen_by_others(self.delegate(name))
        way = self.implied(state, task, name)
        of_delegate = Scope(self.renderer, [{"inventory_hostname": state.name}, *known.layers, way])
        layers = [layer for layer in scope.layers if not isinstance(layer, Implied)]
        return Scope(
            self.renderer, [{"ansible_delegated_vars": {name: of_delegate}}, *layers, way], scope.folder
        )

    def implied(self, state: HostState, task: Task, delegate: str | None = None) -> Implied:
        """Return what a task's templates see of its way to the host where no variable says it."""
        delegate = delegate or task.keywords.get("delegate_to")
        default = "local" if delegate == "localhost" else self.options.connection.connection
        connection = task.keywords.get("connection", default)
        user = task.keywords.get("remote_user") or self.options.connection.user
        found = Implied(ansible_host=delegate or state.name, ansible_connection=connection or "ssh")
        return Implied(found, ansible_user=user) if user else found

    def before_hosts(self, play: Play, prompted: Mapping[str, Any] | None = None) -> Scope:
        """Return what is known of a play before any host is: for keywords, patterns and tags.

        Args:
            play: the play.
            prompted: what a person answered to its `vars_prompt`.
        """
        above = ({"groups": self.groups()}, self.constant, self.options.extra_vars)
        own: list[Mapping[str, Any]] = [prompted or {}, play.vars or {}]
        files: list[Layer] = []
        with suppress(InputError):  # a file that is made by a play before: told when this one begins
            files = load_vars_files(play, Scope(self.renderer, [*above, *own]), {}, facts=False)
        of_roles = [use.role.vars for use in play.roles[::-1]]
        weak = [use.role.defaults for use in play.roles[::-1]]
        of_files = [values for _, values in reversed(files)]
        return Scope(self.renderer, [*above, *of_roles, *of_files, *own, *weak])

    def of_task(self, task: Task) -> Mapping[str, Any]:
        """Return the magic variables of a task: its role, and where its files are looked for."""
        key = (id(task.role), task.directory, id(task.environment))
        if key not in self._of_task:
            chain = task.role.chain if task.role else []
            here = [str(task.directory.resolve())] if task.directory != Path() else []
            search = [*(str(use.role.path) for use in chain), *here, str(self.play.directory.resolve())]
            found: dict[str, Any] = {
                "ansible_search_path": list(dict.fromkeys(search)),
                "environment": _written(task),
            }
            if chain:
                role = chain[0].role
                found |= {"role_name": role.short_name, "ansible_role_name": role.name}
                found["role_path"] = str(role.path)
            if len(chain) > 1 and not chain[0].dependency:
                found["ansible_parent_role_names"] = [use.role.name for use in chain[1:]]
                found["ansible_parent_role_paths"] = [str(use.role.path) for use in chain[1:]]
            self._of_task[key] = found
        return self._of_task[key]

    def grow(self, state: HostState, data: dict[str, Any]) -> None:
        """Add the hosts and groups that `add_host` and `group_by` found. Raises TaskError.

        Whether they changed anything is known only now: it is put into `data`.
        """
        inventory = self.inventory
        try:
            if "add_host" in data:
                added = data["add_host"]
                new = inventory.add_host(added["host_name"], added["host_vars"], added["groups"])
            elif "add_group" in data:
                new = inventory.add_host(state.name, {}, [data["add_group"]], data["parent_groups"])
            else:
                return
        except ValueError as error:
            raise TaskError(str(error)) from error
        data["changed"] = new
        for variables in self._of_inventory.values():
            variables.regroup()
        self._groups = None

    async def refresh(self) -> None:
        """Read the inventory's sources again. Raises InputError when they are wrong now."""
        if self.inventory.read_again is None:
            return
        self.inventory.take(await asyncio.to_thread(self.inventory.read_again))
        self._of_inventory.clear()
        self._groups = None
        for name, state in self.states.items():
            state.host = self.inventory.hosts.get(name, state.host)

    def groups(self) -> dict[str, list[str]]:
        """Return the names of all groups' hosts."""
        if self._groups is None:
            groups = self.inventory.groups.items()
            self._groups = {name: [host.name for host in group.all_hosts()] for name, group in groups}
        return self._groups

    def _constants(self) -> dict[str, Any]:
        """Magic variables that are the same for all hosts of a run."""
        options = self.options
        version = [int(part) for part in _COMPATIBLE.split(".")]
        sources = list(self.inventory.sources)
        names = self.play.role_names
        dependencies = list(dict.fromkeys(use.role.name for use in self.play.roles if use.dependency))
        return {
            "omit": OMIT,
            "hostvars": HostVars(self),
            "playbook_dir": str(self.play.directory.resolve()),
            "ansible_inventory_sources": sources,
            "ansible_check_mode": options.check,
            "ansible_diff_mode": options.diff,
            "ansible_forks": options.forks,
            "ansible_limit": options.limit,
            "ansible_verbosity": options.verbosity,
            "ansible_config_file": None,  # what it says is in our own configuration
            "ansible_run_tags": sorted(options.tags),
            "ansible_skip_tags": sorted(options.skip_tags),
            "ansible_playbook_python": sys.executable,
            "ansible_search_path": [str(self.play.directory.resolve())],
            "role_names": names,
            "ansible_role_names": list(dict.fromkeys([*dependencies, *names])),
            "ansible_play_role_names": names,
            "ansible_dependent_role_names": dependencies,
            "ansible_version": {
                "full": _COMPATIBLE,
                "string": _COMPATIBLE,
                "major": version[0],
                "minor": version[1],
                "revision": version[2],
            },
        }

    def playing(self, play: Play, hosts: list[str]) -> None:
        """A play begins."""
        self.play = PlayView(play.name, Path(play.origin.file).parent, hosts, play.roles, play.role_names)
        self.constant = self._constants()

    def active(self, names: list[str]) -> list[str]:
        """Return those of `names` that still take part."""
        return [name for name in names if not (self.state(name).out or self.state(name).ended)]


def _written(task: Task) -> Seq:
    """Return the environment of a task, still with its templates."""
    found = Seq(task.origin)
    found += task.environment
    found.item_origins += [task.origin] * len(found)
    found.templated = any(map(is_templated, found))
    return found


class Magic(Mapping[str, Any]):
    """Magic variables of one host, computed when they are asked for."""

    def __init__(self, variables: Variables, state: HostState) -> None:
        self.variables = variables
        self.state = state

    def __getitem__(self, name: str) -> Any:
        return _MAGIC[name](self.variables, self.state)

    def get(self, key: str, default: Any = None) -> Any:
        compute = _MAGIC.get(key)
        return default if compute is None else compute(self.variables, self.state)

    def __contains__(self, key: object) -> bool:
        return key in _MAGIC

    def __iter__(self) -> Iterator[str]:
        return iter(_MAGIC)

    def __len__(self) -> int:
        return len(_MAGIC)

    def keys(self) -> KeysView[str]:
        return _MAGIC.keys()


_MAGIC: dict[str, Callable[[Variables, HostState], Any]] = {
    "inventory_hostname": lambda v, s: s.name,
    "inventory_hostname_short": lambda v, s: s.name.split(".")[0],
    "groups": lambda v, s: v.groups(),
    "group_names": lambda v, s: v.inventory.group_names(s.host),
    "ansible_facts": lambda v, s: s.bare_facts,
    "ansible_play_name": lambda v, s: v.play.name,
    "ansible_play_hosts_all": lambda v, s: v.play.hosts,
    "ansible_play_hosts": lambda v, s: v.active(v.play.hosts),
    "ansible_play_batch": lambda v, s: v.active(v.play.batch),
    "play_hosts": lambda v, s: v.active(v.play.batch),
    "ansible_current_hosts": lambda v, s: [name for name in v.play.batch if not v.state(name).out],
    "ansible_failed_hosts": lambda v, s: [name for name in v.play.batch if v.state(name).failed],
    "vars": lambda v, s: v.scope(s),
}

MAGIC_NAMES = frozenset(_MAGIC)


def known_names(
    renderer: Renderer, inventory: Inventory, options: RunOptions, directories: Iterable[Path]
) -> set[str]:
    """Return every variable name that the inventory, the command line and the engine define.

    Args:
        renderer: makes the constants.
        inventory: whose hosts.
        options: of the run.
        directories: those of the playbooks, with files of variables beside them.
    """
    names = {*_MAGIC, *options.extra_vars, *_AT_RUN_TIME}
    for directory in directories:
        variables = Variables(renderer, inventory, options, directory)
        names.update(variables.constant)
        for host in inventory.hosts:
            names.update(variables.of_inventory.for_host(host))
    return names


_AT_RUN_TIME = (
    "ansible_failed_task", "ansible_failed_result", "environment", "inventory_dir", "inventory_file",
    "role_name", "role_path",
)  # fmt: skip


class HostVars(Mapping[str, Any]):
    """`hostvars`: the variables of every host, rendered in that host's own scope."""

    def __init__(self, variables: Variables) -> None:
        self.variables = variables

    def __getitem__(self, name: str) -> Scope:
        return self.variables.seen_by_others(self.variables.state(name))

    def __contains__(self, name: object) -> bool:
        return name in self.variables.inventory.hosts or name == "localhost"

    def __iter__(self) -> Iterator[str]:
        return iter(self.variables.inventory.hosts)

    def __len__(self) -> int:
        return len(self.variables.inventory.hosts)
