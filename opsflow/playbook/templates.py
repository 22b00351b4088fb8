"""Templates of tasks, parsed when the playbook is read: their mistakes are known before any host is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from opsflow.core.errors import InputError
from opsflow.core.origin import Origin
from opsflow.source.values import Map, Seq, Template
from opsflow.templating.render import Renderer

from .keywords import to_list
from .model import Task

Report = Callable[[Origin | None, str, str | None], None]

_CONDITIONS = ("changed_when", "failed_when", "until")


def check_templates(task: Task, renderer: Renderer, report: Report) -> None:
    """Read all templates and conditions of a task, reporting each that is no valid Jinja2."""
    for text, expression in expressions_of(task):
        try:
            renderer.check(text, expression=expression)
        except InputError as error:
            for problem in error.problems:
                report(problem.origin or task.origin, problem.message, problem.hint)


def expressions_of(task: Task) -> Iterator[tuple[str, bool]]:
    """Yield the templates and the bare expressions of a task, and whether it is an expression."""
    yield from ((template, False) for template in templates_of(task))
    yield from ((condition, True) for condition in conditions_of(task))


def templates_of(task: Task) -> Iterator[Template]:
    """Yield the templates that a task itself holds: options, loop, keywords, variables."""
    loop = [task.loop.items, task.loop.control] if task.loop else []
    for value in [
        task.args,
        *task.wholes,
        *task.vars,
        *loop,
        *task.keywords.values(),
        *task.when,
        *task.notify,
    ]:
        yield from templates_in(value)


def conditions_of(task: Task) -> Iterator[str]:
    """Yield the bare expressions of a task: its conditions, and what `assert` asserts."""
    found = [*task.when]
    for name in _CONDITIONS:
        found += task.keywords.get(name) or ()
    if task.info.module.endswith("assert"):
        found += to_list(task.args.get("that"))
    for condition in found:
        if isinstance(condition, str) and not isinstance(condition, Template):
            yield condition


def templates_in(value: Any) -> Iterator[Template]:
    """Yield the templates in a value from a file, however deep."""
    if isinstance(value, Template):
        yield value
    elif isinstance(value, Map):
        if value.templated:
            for key, item in value.items():
                yield from templates_in(key)
                yield from templates_in(item)
    elif isinstance(value, Seq | list | tuple):
        for item in value:  # pyright: ignore[reportUnknownVariableType]
            yield from templates_in(item)
