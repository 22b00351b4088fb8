"""Templates of tasks, compiled when the playbook is read: their mistakes are known before any host is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from opsflow.core.errors import InputError
from opsflow.core.origin import Origin
from opsflow.source.values import Map, Seq, Template
from opsflow.templating.render import Renderer

from .keywords import to_list
from .model import Task

Report = Callable[[Origin | None, str, str | None], None]


def check_templates(task: Task, renderer: Renderer, report: Report) -> None:
    """Compile all templates and conditions of a task, reporting those that are no valid Jinja2."""
    try:
        _compile(task.args, renderer)
        for layer in task.vars:
            _compile(layer, renderer)
        if task.loop:
            _compile(task.loop.items, renderer)
        for value in task.keywords.values():
            _compile(value, renderer)
        for conditions in (task.when, *(task.keywords.get(name, ()) for name in _CONDITIONS)):
            for condition in conditions or ():
                if isinstance(condition, str) and not isinstance(condition, Template):
                    renderer.compile_expression(condition)
        that = task.args.get("that") if task.info.module.endswith("assert") else None
        for condition in to_list(that):
            if isinstance(condition, str) and not isinstance(condition, Template):
                renderer.compile_expression(condition)
    except InputError as error:
        for problem in error.problems:
            report(problem.origin or task.origin, problem.message, problem.hint)


_CONDITIONS = ("changed_when", "failed_when", "until")


def _compile(value: Any, renderer: Renderer) -> None:
    if isinstance(value, Template):
        renderer.compile(value)
    elif isinstance(value, Map):
        if value.templated:
            for item in value.values():
                _compile(item, renderer)
    elif isinstance(value, Seq) and value.templated:
        for item in value:
            _compile(item, renderer)
