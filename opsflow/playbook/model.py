"""What a playbook says, as types: plays, blocks and tasks, still with their templates."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from opsflow.core.errors import Problem
from opsflow.core.events import TaskInfo
from opsflow.core.origin import Origin
from opsflow.modules.base.module import Module, ModuleArgs
from opsflow.source.values import Map, Template

task_keys = itertools.count(1)
"""Gives every task of the process a key of its own, in the order in which tasks are read."""

META = ("clear_facts", "clear_host_errors", "end_batch", "end_host", "end_play", "end_role", "flush_handlers",
        "noop", "refresh_inventory", "reset_connection")  # fmt: skip
"""What the task `meta` can do."""


@dataclass(slots=True)
class Loop:
    """A task's loop: `lookup` is None for `loop`, else the name behind `with_`."""

    items: Any
    lookup: str | None
    control: Map | None = None


@dataclass(frozen=True, slots=True)
class Role:
    """A role as its directory says: its variables, and which roles it depends on.

    `name` has its collection in front, where it is in one, `short_name` does not.
    """

    name: str
    short_name: str
    path: Path
    defaults: Mapping[str, Any]
    vars: Mapping[str, Any]
    dependencies: Sequence[Any] = ()
    allow_duplicates: bool = False
    argument_specs: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class RoleUse:
    """One use of a role, at `origin`, by `parent`. `vars` are those of the entry, `params` its other keys.

    Uses with the same `key` are done once for a host in a play; tasks that include or import have none.
    `params`, `strong` and `weak` are layers of variables, the strongest first: parameters outrank nearly
    everything, `strong` (the role's `vars/`) most of the play, `weak` (its `defaults/`) nothing. `needs` are
    the uses of its dependencies.
    """

    role: Role
    vars: Mapping[str, Any]
    own_params: Mapping[str, Any]
    parent: RoleUse | None = None
    dependency: bool = False
    origin: Origin | None = None
    key: str = ""
    needs: list[RoleUse] = field(default_factory=list["RoleUse"], compare=False, repr=False)

    @property
    def chain(self) -> list[RoleUse]:
        """This use and those that depend on it, the nearest first."""
        return [self, *(self.parent.chain if self.parent else [])]

    @property
    def params(self) -> list[Mapping[str, Any]]:
        return [use.own_params for use in self.chain if use.own_params]

    @property
    def strong(self) -> list[Mapping[str, Any]]:
        above = [layer for use in self.chain[1:] for layer in (use.vars, use.role.vars) if layer]
        return [*self.exported, *above]

    @property
    def exported(self) -> list[Mapping[str, Any]]:
        """The role's own variables and those of the roles that it needs, which are weaker."""
        own = [layer for layer in (self.vars, self.role.vars) if layer]
        return [*own, *(layer for use in reversed(self.needs) for layer in use.exported)]

    @property
    def weak(self) -> list[Mapping[str, Any]]:
        return [use.role.defaults for use in self.chain if use.role.defaults]


@dataclass(frozen=True, slots=True)
class Around:
    """What a task takes over from the play and blocks around it; `rescued` says that one catches failures."""

    keywords: Mapping[str, Any] = field(default_factory=dict[str, Any])
    tags: frozenset[str] = frozenset()
    vars: tuple[Map, ...] = ()
    when: tuple[Any, ...] = ()
    notify: tuple[Any, ...] = ()
    environment: tuple[Any, ...] = ()
    role: RoleUse | None = None
    rescued: bool = False


class Choose(NamedTuple):
    """How a module is found whose name is a template: `find` raises OpsFlowError when there is no such."""

    name: Template
    find: Callable[[str], type[Module]]


@dataclass(slots=True)
class Task:
    """One task or handler. `keywords` holds what was written here or inherited, the nearest first to win.

    `when`, `tags` and `vars` include those of the blocks around, the outermost first. `static_args` are
    the module's options when they hold no template, validated once. `meta` is what a `meta` task does,
    `title` the name where it must be rendered. `role` is the use of a role that it belongs to, `directory`
    that of the file it stands in, `outer` what the tasks take over that an include brings. A handler is
    notified by any of its `names`. It fails with its `flaw` where the playbook provides for that. An
    `implicit` task is ours and no tag leaves it out. `wholes` are templates that yield options as a mapping,
    weaker than `args`, the weakest first; `choose` finds the module where only a host tells which. `written`
    is the mapping as it stands in its file.
    """

    info: TaskInfo
    origin: Origin
    module: type[Module] | None
    args: Any
    keywords: Mapping[str, Any]
    tags: frozenset[str]
    vars: tuple[Map, ...] = ()
    when: tuple[Any, ...] = ()
    loop: Loop | None = None
    notify: tuple[Any, ...] = ()
    listen: tuple[str, ...] = ()
    environment: tuple[Any, ...] = ()
    static_args: ModuleArgs | None = None
    meta: str | None = None
    title: Template | None = None
    role: RoleUse | None = None
    directory: Path = Path()
    outer: Around | None = None
    names: frozenset[str] = frozenset()
    implicit: bool = False
    register: str | None = None
    flaw: Problem | None = None
    wholes: tuple[Template, ...] = ()
    choose: Choose | None = None
    written: Map = field(default_factory=lambda: Map(Origin("", 1, 1)))

    @property
    def name(self) -> str:
        return self.info.name

    @property
    def role_names(self) -> tuple[str, ...]:
        """The names of its role: as it was used, and without a collection."""
        return (self.role.role.name, self.role.role.name.rpartition(".")[2]) if self.role else ()

    @property
    def own_name(self) -> str:
        """The name without that of its role."""
        return self.info.name.removeprefix(f"{self.role.role.name} : ") if self.role else self.info.name


@dataclass(slots=True)
class Block:
    """Tasks with a common fate: `rescue` runs when one fails, `always` in any case.

    `local` holds variables that exist only for these tasks: those of an include and of its loop's item.
    """

    origin: Origin
    body: list[Node]
    rescue: list[Node] = field(default_factory=list["Node"])
    always: list[Node] = field(default_factory=list["Node"])
    local: Mapping[str, Any] = field(default_factory=dict[str, Any])


Node = Task | Block


@dataclass(slots=True)
class Play:
    """One play. `roles` are those whose variables all of its tasks see."""

    name: str
    origin: Origin
    hosts: list[Any]
    keywords: Mapping[str, Any]
    vars: Map | None
    vars_files: list[Any]
    body: list[Node]
    handlers: list[Task]
    prompts: list[Map] = field(default_factory=list[Map])
    notifiers: list[Any] = field(default_factory=list[Any])
    routes: list[Any] = field(default_factory=list[Any])
    roles: list[RoleUse] = field(default_factory=list[RoleUse])
    role_names: list[str] = field(default_factory=list[str])

    def tasks(self) -> Iterator[Task]:
        """Yield all tasks in order, those of rescue and always sections included."""
        return tasks_in(self.body)


def tasks_in(nodes: Iterable[Node]) -> Iterator[Task]:
    """Yield the tasks of nodes in order, those of rescue and always sections included."""
    for node in nodes:
        if isinstance(node, Task):
            yield node
        else:
            for section in (node.body, node.rescue, node.always):
                yield from tasks_in(section)
