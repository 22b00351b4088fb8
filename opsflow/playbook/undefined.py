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

import jinja2
import jinja2.meta
from jinja2 import nodes

from opsflow.core.errors import Problem, did_you_mean
from opsflow.modules.base.module import short_name
from opsflow.source.values import Template, origin_of
from opsflow.templating.render import Renderer, expression_template

from .model import Node, Play, Task
from .templates import conditions_of, templates_of

_UNKNOWABLE = {"include_vars", "include_tasks", "include_role", "add_host", "group_by", "service_facts",
               "package_facts", "getent"}  # fmt: skip
FACT = re.compile(r"^(ansible_|facter_|ohai_)")
_GUARDS = {"defined", "undefined"}
_MAYBE: dict[type[nodes.Node], tuple[str, ...]] = {
    nodes.And: ("right",),
    nodes.Or: ("right",),
    nodes.CondExpr: ("expr1", "expr2"),
    nodes.If: ("body", "elif_", "else_"),
    nodes.For: ("body", "else_", "test"),
}
"""The parts of a node that may not be evaluated."""
_TOLERANT = {"default", "d", "mandatory", "ansible.builtin.default"}


def undefined_variables(plays: Iterable[Play], known: Iterable[str], renderer: Renderer) -> list[Problem]:
    """Return a problem for each use of a variable that nothing defines.

    Args:
        plays: the plays of all playbooks of a run.
        known: names from the inventory, the command line and the engine.
        renderer: its environment parses the templates.
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
    """Tell whether a task sets a fact whose name is a template."""
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
    trees = _parsed(task, renderer)
    if task.when:  # all else depends on the first condition
        trees = [found for found in trees if found[1] is task.when[0]]
    for tree, text, names in trees:
        yield from ((name, text) for name in sorted(names.intersection(_needed(tree))))


def possible_uses(task: Task, renderer: Renderer) -> Iterator[tuple[str, Any]]:
    """Yield the names that a task may need under some condition, each with the text that needs it."""
    for _, text, names in _parsed(task, renderer):
        yield from ((name, text) for name in sorted(names))


def _parsed(task: Task, renderer: Renderer) -> list[tuple[nodes.Template, str, set[str]]]:
    """Return each expression of a task, parsed, with the names in it that the task guards nowhere."""
    environment = renderer.environment
    trees: list[tuple[nodes.Template, str]] = []
    for text in (*templates_of(task), *conditions_of(task)):
        with suppress(jinja2.TemplateSyntaxError):  # which was told where templates are checked
            bare = not isinstance(text, Template)
            trees.append((expression_template(environment, text) if bare else environment.parse(text), text))
    guarded = {name for tree, _ in trees for name in _guarded(tree)}
    return [(tree, text, jinja2.meta.find_undeclared_variables(tree) - guarded) for tree, text in trees]


def _needed(node: nodes.Node) -> Iterator[str]:
    """Yield the names that are looked up whatever the values are: not those behind `and`, `or` or `if`."""
    if isinstance(node, nodes.Name):
        yield node.name
    children = list(node.iter_child_nodes(exclude=_MAYBE.get(type(node), ())))
    for child in children:
        yield from _needed(child)


def _guarded(tree: nodes.Template) -> Iterator[str]:
    """Yield names that an expression provides for when they are undefined."""
    for test in tree.find_all(nodes.Test):
        if test.name in _GUARDS:
            yield from (name.name for name in test.node.find_all(nodes.Name))
            if isinstance(test.node, nodes.Name):
                yield test.node.name
    for found in tree.find_all(nodes.Filter):
        if found.name in _TOLERANT and found.node is not None:
            yield from (name.name for name in found.node.find_all(nodes.Name))
            if isinstance(found.node, nodes.Name):
                yield found.node.name
