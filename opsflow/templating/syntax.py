"""What a template is made of, read from its syntax tree: compiling waits until a host needs the template."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import jinja2.meta
from jinja2 import nodes

from .environment import TOO_DEEP

_GUARDS = {"defined", "undefined"}
_TOLERANT = {"default", "d", "mandatory", "ansible.builtin.default"}
_MAYBE: dict[type[nodes.Node], frozenset[str]] = {
    nodes.And: frozenset({"right"}),
    nodes.Or: frozenset({"right"}),
    nodes.CondExpr: frozenset({"expr1", "expr2"}),
    nodes.If: frozenset({"body", "elif_", "else_"}),
    nodes.For: frozenset({"body", "else_", "test"}),
}
"""The parts of a node that may not be evaluated."""
_BRANCHES = (nodes.CondExpr, nodes.If)
"""Where Jinja2 looks filters and tests up only when it comes to them."""


@dataclass
class Names:
    """The names in a template."""

    used: set[str] = field(default_factory=set[str])
    """All variables that it may look up."""
    needed: set[str] = field(default_factory=set[str])
    """Variables that are looked up whatever the values are: not those behind `and`, `or` or `if`."""
    guarded: set[str] = field(default_factory=set[str])
    """Variables that the template provides for when they are undefined."""


def names(tree: nodes.Template, environment: jinja2.Environment) -> Names:
    """Return the names that a template uses.

    Raises jinja2.TemplateSyntaxError: a filter or test does not exist, or it is nested too deeply.
    """
    found = Names()
    try:
        _read(tree, environment, found, needed=True, branch=False)
    except RecursionError as error:
        raise jinja2.TemplateSyntaxError(TOO_DEEP, 1) from error
    if any(not isinstance(node, nodes.Output) for node in tree.body):  # only statements bind names
        found.used &= jinja2.meta.find_undeclared_variables(tree)
        found.needed &= found.used
    return found


def _read(
    node: nodes.Node, environment: jinja2.Environment, found: Names, *, needed: bool, branch: bool
) -> None:
    if isinstance(node, nodes.Name):
        found.used.add(node.name)
        if needed:
            found.needed.add(node.name)
        return
    if isinstance(node, nodes.Filter | nodes.Test):
        if not branch:
            _check_exists(node, environment)
        if node.node is not None and node.name in (_TOLERANT if isinstance(node, nodes.Filter) else _GUARDS):
            found.guarded.update(_variables(node.node))
    maybe = _MAYBE.get(type(node), frozenset[str]())
    branch = branch or isinstance(node, _BRANCHES)
    for name in node.fields:
        for child in _children(getattr(node, name)):
            _read(child, environment, found, needed=needed and name not in maybe, branch=branch)


def _children(value: Any) -> Iterable[nodes.Node]:
    if isinstance(value, nodes.Node):
        return (value,)
    if isinstance(value, list):
        items: list[Any] = value  # pyright: ignore[reportUnknownVariableType]
        return [item for item in items if isinstance(item, nodes.Node)]
    return ()


def _variables(node: nodes.Node) -> Iterator[str]:
    if isinstance(node, nodes.Name):
        yield node.name
    yield from (name.name for name in node.find_all(nodes.Name))


def _check_exists(node: nodes.Filter | nodes.Test, environment: jinja2.Environment) -> None:
    kind, table = (
        ("filter", environment.filters) if isinstance(node, nodes.Filter) else ("test", environment.tests)
    )
    if node.name not in table:
        raise jinja2.TemplateAssertionError(f"No {kind} named {node.name!r}.", node.lineno)
