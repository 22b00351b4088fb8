"""Plain variables that nothing defines: a typing error is known before any host is touched.

Only what is certain is reported. A name counts as defined when it may come from anywhere: the inventory, any
play's or task's variables, a registered result, a set fact, a gathered fact, a loop, the command line. A use
is ignored where the expression provides for it (`default`, `is defined`, a guard in the task's conditions),
and nothing at all is reported in playbooks whose variables can't be known (`include_vars`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any

from opsflow.core.errors import InputError, Problem, did_you_mean
from opsflow.modules.base.module import short_name
from opsflow.source.values import Template, origin_of
from opsflow.templating.render import Renderer
from opsflow.templating.syntax import Names

from .model import Node, Play, Task
from .templates import expressions_of, templates_in

_UNKNOWABLE = {"include_vars", "include_tasks", "include_role", "add_host", "group_by", "service_facts",
               "package_facts", "mount_facts", "getent"}  # fmt: skip
FACT = re.compile(r"^(ansible_|facter_|ohai_|gather_subset$|module_setup$)")


def undefined_variables(plays: Iterable[Play], known: Iterable[str], renderer: Renderer) -> list[Problem]:
    """Return a problem for each use of a variable that nothing defines.

    Args:
        plays: the plays of all playbooks of a run.
        known: names from the inventory, the command line and the engine.
        renderer: reads the templates.
    """
    plays = list(plays)
    tasks = [task for play in plays for task in [*play.tasks(), *play.handlers]]
    if any(short_name(task.info.module) in _UNKNOWABLE for task in tasks):
        return []
    if any(play.vars_files for play in plays) or any(map(sets_any, tasks)):
        return []
    defined = {*known, *renderer.environment.globals, *defined_names(plays, tasks)}
    problems: list[Problem] = []
    for task in [task for play in plays for task in _failing(play.body)]:  # handlers may never be notified
        for name, text in _uses(task, renderer):
            if name not in defined and not FACT.match(name):
                message = f"the variable '{name}' is not defined anywhere"
                hint = did_you_mean(name, defined) or f"give it with -e {name}=…, or {name} | default(…)"
                problems.append(Problem(message, origin_of(text) or task.origin, hint, task.info.trail))
    return problems


def defined_names(plays: Iterable[Play], tasks: Iterable[Task]) -> Iterator[str]:
    """Yield the names that plays, their roles and `tasks` define. Names may come more than once."""
    for play in plays:
        yield from play.vars or {}
        yield from (str(prompt.get("name")) for prompt in play.prompts)
        for use in play.roles:
            yield from map(str, (*use.role.defaults, *use.role.vars))
    for task in tasks:
        yield from _defines(task)
        for use in task.role.chain if task.role else ():
            for layer in (*use.params, *use.strong, *use.weak):
                yield from map(str, layer)


def _failing(nodes: Iterable[Node]) -> Iterator[Task]:
    """Yield the tasks whose failure is neither ignored nor rescued."""
    for node in nodes:
        if isinstance(node, Task):
            if not node.keywords.get("ignore_errors"):
                yield node
        else:
            yield from _failing(node.always if node.rescue else [*node.body, *node.always])
            yield from _failing(node.rescue)


def sets_any(task: Task) -> bool:
    """Tell whether a task sets facts of which only a run knows the names."""
    if task.module and task.module.sets_facts:
        return True
    return short_name(task.info.module) == "set_fact" and any(isinstance(key, Template) for key in task.args)


def _defines(task: Task) -> Iterator[str]:
    """Yield the names that a task makes known to itself or to later tasks."""
    for layer in task.vars:
        yield from map(str, layer)
    if task.register:
        yield task.register
    if short_name(task.info.module) in ("set_fact", "add_host"):
        yield from map(str, task.args)
    if task.loop:
        control: dict[str, Any] = task.loop.control or {}
        yield str(control.get("loop_var", "item"))
        if "index_var" in control:
            yield str(control["index_var"])


def _uses(task: Task, renderer: Renderer) -> Iterator[tuple[str, Any]]:
    """Yield the names that a task's expressions need for certain, each with the text that needs it."""
    found = _read(task, renderer)
    guarded = _guarded(found)
    if task.when:  # all else depends on the first condition
        found = [(names, text) for names, text in found if text is task.when[0]]
    held = {id(template) for template in templates_in(_lenient(task, renderer))}
    for names, text in found:
        if id(text) not in held:
            yield from ((name, text) for name in sorted(names.needed - guarded))


def _lenient(task: Task, renderer: Renderer) -> list[Any]:
    """Return what may hold undefined names: unused variables, terms of lookups that pass them over."""
    loop = task.loop
    passed_over = loop is not None and loop.lookup is not None and renderer.takes_undefined(loop.lookup)
    return [*task.vars, *([loop.items] if loop and passed_over else [])]


def possible_uses(task: Task, renderer: Renderer) -> Iterator[tuple[str, Any]]:
    """Yield the names that a task may need under some condition, each with the text that needs it."""
    found = _read(task, renderer)
    guarded = _guarded(found)
    for names, text in found:
        yield from ((name, text) for name in sorted(names.used - guarded))


def _read(task: Task, renderer: Renderer) -> list[tuple[Names, str]]:
    found: list[tuple[Names, str]] = []
    for text, bare in expressions_of(task):
        with suppress(InputError):  # which was told where templates are checked
            found.append((renderer.check(text, expression=bare), text))
    return found


def _guarded(found: Iterable[tuple[Names, str]]) -> set[str]:
    return {name for names, _ in found for name in names.guarded}
