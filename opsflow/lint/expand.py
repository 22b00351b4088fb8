"""The tasks of a play with those of its includes, as far as their names are known without a host."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from opsflow.core.errors import Problem, TaskError
from opsflow.core.origin import Origin
from opsflow.modules.base.module import short_name
from opsflow.playbook.include import Included
from opsflow.playbook.model import Play, RoleUse, Task, tasks_in
from opsflow.playbook.parse import Playbook
from opsflow.source.values import Seq, Template

from .model import Finding, Severity, rule
from .refused import INVALID

MISSING = rule("missing-include", Severity.ERROR, "an included file of tasks that is not there")

_EXPRESSION = re.compile(r"\{\{.*?\}\}")
_KINDS = ("tasks_from", "vars_from", "defaults_from", "handlers_from", "rolespec_validate")


@dataclass(slots=True)
class Expanded:
    """A play's tasks and handlers. `whole` tells whether every include is among them.

    `lost` holds the variables of tasks that could not be read.
    """

    play: Play
    tasks: list[Task] = field(default_factory=list[Task])
    handlers: list[Task] = field(default_factory=list[Task])
    roles: list[RoleUse] = field(default_factory=list[RoleUse])
    findings: list[Finding] = field(default_factory=list[Finding])
    lost: set[str] = field(default_factory=set[str])
    whole: bool = True


def expand(book: Playbook, play: Play) -> Expanded:
    """Return a play with what it includes, and what is wrong with the includes."""
    expanded = Expanded(play, handlers=list(play.handlers), lost=set(book.lost), whole=book.whole)
    _add([*play.tasks(), *play.handlers], (), book, expanded)
    return expanded


def _add(tasks: Iterable[Task], chain: tuple[Origin, ...], book: Playbook, into: Expanded) -> None:
    """Add tasks and what they include; `chain` holds the includes that led here."""
    for task in tasks:
        if not task.implicit:
            into.tasks.append(task)
        kind = short_name(task.info.module)
        if kind not in ("include_tasks", "include_role") or task.origin in chain:
            continue
        names = list(_names(task, book))
        into.whole = into.whole and bool(names)
        for name in names:
            included = _read(task, kind, name, (*chain, task.origin), book, into)
            if included is not None:
                into.handlers += included.roles.handlers
                into.roles += included.roles.public
                bodies = [*tasks_in(included.nodes), *included.roles.handlers]
                _add(bodies, (*chain, task.origin), book, into)


def _read(
    task: Task, kind: str, name: str, chain: tuple[Origin, ...], book: Playbook, into: Expanded
) -> Included | None:
    apply = task.args.get("apply")
    try:
        if kind == "include_tasks":
            included = book.includer.tasks(task, name, apply)
        else:
            options = {key: task.args[key] for key in _KINDS if key in task.args}
            included = book.includer.role(task, {"name": name, **options}, apply, into.play)
    except TaskError as error:
        into.findings.append(Finding(MISSING, Problem(error.message, task.origin, error.hint, chain[:-1])))
        into.whole = False
        return None
    for problem in included.problems:
        told = problem._replace(trail=(*chain, *problem.trail), origin=problem.origin or task.origin)
        into.findings.append(Finding(INVALID, told))
    into.whole = into.whole and included.whole
    into.lost |= included.lost
    return included


def _names(task: Task, book: Playbook) -> Iterator[str]:
    """Yield what a task includes: one name, those of a loop over plain names, or of files that fit."""
    options: dict[str, Any] = task.args
    name = options.get("file", options.get("name", options.get("role")))
    if not isinstance(name, str) or any(isinstance(options.get(key), Template) for key in _KINDS):
        return
    if not isinstance(name, Template):
        yield str(name)
    elif task.loop and isinstance(task.loop.items, Seq) and _is_item(name, task):
        items = task.loop.items
        if all(isinstance(item, str) and not isinstance(item, Template) for item in items):
            yield from map(str, items)
    elif "file" in options:
        yield from _fitting(name, task, book)


def _is_item(name: str, task: Task) -> bool:
    control: dict[str, Any] = (task.loop.control if task.loop else None) or {}
    return name.strip("{} ") == control.get("loop_var", "item")


def _fitting(name: str, task: Task, book: Playbook) -> Iterator[str]:
    """Yield the files whose names a template may yield, where some of the name is written."""
    pattern = _EXPRESSION.sub("*", name)
    if "{" in pattern or pattern.startswith(("*", "/", "..")):
        return
    places = [task.directory, *(use.role.path / "tasks" for use in (task.role.chain if task.role else []))]
    for place in dict.fromkeys(map(Path.resolve, places)):
        yield from sorted(str(path) for path in place.glob(pattern) if path.is_file())
