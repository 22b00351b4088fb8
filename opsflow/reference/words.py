"""Filters, tests and lookups, out of their functions."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from opsflow.templating.environment import make_environment
from opsflow.templating.lookups import LOOKUPS


@dataclass(frozen=True, slots=True)
class WordDoc:
    """A filter, test or lookup. `call` shows how it is written."""

    kind: str
    name: str
    call: str
    about: str


def words(kind: str) -> Mapping[str, Callable[..., Any]]:
    """Return the functions of a kind by name: `filter`, `test` or `lookup`, Jinja2's own among them."""
    if kind == "lookup":
        return LOOKUPS
    environment = make_environment()
    table: Mapping[str, Callable[..., Any]] = environment.filters if kind == "filter" else environment.tests
    return {name: function for name, function in table.items() if "." not in name and name.isidentifier()}


def word_doc(kind: str, name: str) -> WordDoc:
    """Return the documentation of a filter, test or lookup. Raises KeyError."""
    function = words(kind)[name]
    return WordDoc(kind, name, _call(kind, name, function), inspect.cleandoc(function.__doc__ or ""))


def _call(kind: str, name: str, function: Callable[..., Any]) -> str:
    if kind == "lookup":
        return f"lookup('{name}', …)"
    parameters = [p for p in inspect.signature(function).parameters.values() if not _passed(p)][1:]
    rest = ", ".join(map(_shown, parameters))
    joint = "|" if kind == "filter" else "is"
    return f"value {joint} {name}({rest})" if rest else f"value {joint} {name}"


def _passed(parameter: inspect.Parameter) -> bool:
    """Tell whether Jinja2 gives the value of a parameter, not the template."""
    return parameter.name in ("context", "environment", "eval_ctx")


def _shown(parameter: inspect.Parameter) -> str:
    if parameter.kind is parameter.VAR_POSITIONAL:
        return f"*{parameter.name}"
    if parameter.kind is parameter.VAR_KEYWORD:
        return f"**{parameter.name}"
    return (
        parameter.name if parameter.default is parameter.empty else f"{parameter.name}={parameter.default!r}"
    )
