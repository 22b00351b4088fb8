"""What a playbook says, as types: plays, blocks and tasks, still with their templates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from opsflow.core.events import TaskInfo
from opsflow.core.origin import Origin
from opsflow.modules.base.module import Module, ModuleArgs
from opsflow.source.values import Map, Template

META = ("clear_facts", "clear_host_errors", "end_batch", "end_host", "end_play", "flush_handlers", "noop",
        "reset_connection")  # fmt: skip
"""What the task `meta` can do."""


@dataclass(slots=True)
class Loop:
    """A task's loop: `lookup` is None for `loop`, else the name behind `with_`."""

    items: Any
    lookup: str | None
    control: Map | None = None


@dataclass(slots=True)
class Task:
    """One task or handler. `keywords` holds what was written here or inherited, the nearest first to win.

    `position` orders the tasks of a play as they stand in it; `when`, `tags` and `vars` include those of
    the blocks around, the outermost first. `static_args` are the module's options when they hold no
    template, validated once. `meta` is what a `meta` task does, `title` the name where it must be rendered.
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
    register: str | None = None
    position: int = 0

    @property
    def name(self) -> str:
        return self.info.name


@dataclass(slots=True)
class Block:
    """Tasks with a common fate: `rescue` runs when one fails, `always` in any case."""

    origin: Origin
    body: list[Node]
    rescue: list[Node] = field(default_factory=list["Node"])
    always: list[Node] = field(default_factory=list["Node"])


Node = Task | Block


@dataclass(slots=True)
class Play:
    """One play. `layers` are its variables, the strongest first: vars_files, then vars."""

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
    layers: list[Mapping[str, Any]] = field(default_factory=list[Mapping[str, Any]])

    def tasks(self) -> Iterator[Task]:
        """Yield all tasks in order, those of rescue and always sections included."""
        return _tasks(self.body)


@dataclass(slots=True)
class Playbook:
    path: str
    plays: list[Play]
    warnings: list[tuple[str, Origin]] = field(default_factory=list[tuple[str, Origin]])


def _tasks(nodes: list[Node]) -> Iterator[Task]:
    for node in nodes:
        if isinstance(node, Task):
            yield node
        else:
            for section in (node.body, node.rescue, node.always):
                yield from _tasks(section)
