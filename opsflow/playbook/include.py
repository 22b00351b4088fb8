"""Tasks that a run asks for while it goes on: `include_tasks` and `include_role`."""

from __future__ import annotations

import os.path
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from opsflow.core.errors import InputError, Problem, TaskError
from opsflow.core.origin import Origin
from opsflow.source.values import Map
from opsflow.templating.search import find

from .keywords import BLOCK
from .model import Around, Node, Play, Task
from .roles import RoleReader, RolesOfPlay

DEPTH = 400
"""How deep includes may be nested: some that are meant to end count in hundreds."""


@dataclass(slots=True)
class Included:
    """What an include brought: its tasks, what a role adds to the play, and what is wrong with them.

    `lost` and `whole` are as of `Playbook`.
    """

    nodes: list[Node]
    roles: RolesOfPlay
    problems: list[Problem]
    lost: set[str]
    whole: bool

    def checked(self) -> Included:
        """Return itself. Raises InputError with its problems where it has any."""
        if self.problems:
            raise InputError(self.problems)
        return self


class Includer:
    """Reads files of tasks and roles for a run, each once for a task that includes it."""

    def __init__(self, reader: RoleReader) -> None:
        self.reader = reader
        self._known: dict[tuple[int, str], Included] = {}

    def tasks(self, task: Task, name: str, apply: Any) -> Included:
        """Return the tasks of a file that `include_tasks` names.

        Args:
            task: the include.
            name: the file, as rendered for a host.
            apply: keywords for the included tasks.

        Raises TaskError when there is no such file.
        """
        path = self.find(task, name)
        key = (task.info.key, str(path))
        if key not in self._known:
            reader = self.begin(task, RolesOfPlay())
            around = self.around(task, apply)
            nodes = reader.file_of_tasks(path, task.origin, around, task.info.section)
            self._known[key] = self.end(nodes)
        return self._known[key]

    def role(self, task: Task, options: Mapping[str, Any], apply: Any, play: Play) -> Included:
        """Return the tasks and handlers of a role that `include_role` names."""
        key = (task.info.key, repr(sorted(options.items())))
        if key not in self._known:
            reader = self.begin(task, RolesOfPlay(handlers=list(play.handlers)))
            reader.base = Path(play.origin.file).parent
            around = self.around(task, apply)
            own = task.vars[len(task.outer.vars) if task.outer else 0 :]
            wanted = reader.wanted(options, task.origin, around, own)
            nodes = reader.role(wanted, Map(task.origin), around, task.role) if wanted else []
            included = self.end(nodes)
            included.roles.handlers = included.roles.handlers[len(play.handlers) :]
            self._known[key] = included
        return self._known[key]

    def find(self, task: Task, name: str) -> Path:
        """Return the file of an include: beside the file that includes it, or in the role's `tasks/`."""
        search = [str(task.directory)]
        for use in task.role.chain if task.role else []:
            search += [str(use.role.path / "tasks"), str(use.role.path)]
        found = find(name, "tasks", [*search, str(self.reader.base)])
        if found is None or not os.path.isfile(found):
            raise TaskError(f"there is no file of tasks '{name}' (looked in {', '.join(search)})")
        return found

    def around(self, task: Task, apply: Any) -> Around:
        """Return what included tasks take over: keywords of the blocks around the include, and `apply`."""
        around = task.outer or Around()
        if apply is not None and not isinstance(apply, Map):
            raise TaskError("'apply' must be a mapping of keywords, without templates", origin=task.origin)
        return self.reader.around(around, self.reader.keywords(apply, BLOCK)) if apply else around

    def begin(self, task: Task, roles: RolesOfPlay) -> RoleReader:
        """Make the reader ready for what a task includes. Raises TaskError where that has no end."""
        trail = task.info.trail
        if len(trail) >= DEPTH:
            circle = " → ".join(str(place) for place in trail[_last(trail) :])
            raise TaskError(f"includes are nested {DEPTH} deep, which seems to have no end: {circle}")
        self.reader.problems.clear()
        self.reader.files.clear()
        self.reader.above = trail
        self.reader.of_play = roles
        return self.reader

    def end(self, nodes: list[Node]) -> Included:
        reader = self.reader
        return Included(nodes, reader.of_play, list(reader.problems), set(reader.lost), reader.whole)


def _last(trail: tuple[Origin, ...]) -> int:
    """Return where the last round of a trail that goes in a circle begins."""
    end = len(trail) - 1
    return next((place for place in range(end - 1, -1, -1) if trail[place] == trail[end]), 0)
