"""Lookups of variables, hosts and the environment of this process."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from typing import Any

from opsflow.core.errors import TaskError, did_you_mean
from opsflow.templating.changing import own
from opsflow.templating.environment import NO_HINT, Undefined, undefined
from opsflow.templating.kinds import text, type_name

from .base import LookupContext

_REQUIRED: Any = object()


def env(terms: list[Any], context: LookupContext, *, default: Any = "") -> list[Any]:
    """Return environment variables of the control node; `default` may be undefined."""
    return [_environment(text(term).split()[0], default) for term in terms]


def _environment(name: str, default: Any) -> Any:
    if name in os.environ:
        return os.environ[name]
    if isinstance(default, Undefined) and default.reason == NO_HINT:
        return undefined(f"the environment variable '{name}' is not set")
    return default


def vars_(terms: list[Any], context: LookupContext, *, default: Any = _REQUIRED) -> list[Any]:
    """Return the variables of the given names, or `default` for those that are not defined."""
    return [_variable(term, context, default) for term in terms]


def _variable(name: Any, context: LookupContext, default: Any) -> Any:
    if not isinstance(name, str):
        raise TypeError(f"the name of a variable is text, not {type_name(name)}")
    if name in context.variables:
        return own(context.variables[name])
    if default is _REQUIRED:
        raise TaskError(f"there is no variable '{name}'", hint=did_you_mean(name, context.variables))
    return default


def varnames(terms: list[Any], context: LookupContext) -> list[Any]:
    """Return the names of variables in which a pattern occurs."""
    found: list[str] = []
    for term in terms:
        if not isinstance(term, str):
            raise TypeError(f"a pattern is text, not {type_name(term)}")
        try:
            pattern = re.compile(term)
        except re.error as error:
            raise ValueError(f"'{term}' is no regular expression: {error}") from error
        found += [name for name in context.variables if pattern.search(name)]
    return found


def inventory_hostnames(terms: list[Any], context: LookupContext) -> list[Any]:
    """Return the names of the hosts that patterns such as "web:!staging" mean."""
    from opsflow.inventory.model import Inventory
    from opsflow.inventory.patterns import select

    inventory = Inventory()
    groups = context.variables["groups"]
    for host in groups["all"]:
        inventory.add_host(host, {}, [name for name in groups if name != "all" and host in groups[name]])
    return [host.name for host in select(inventory, [text(term) for term in terms])]


LOOKUPS: dict[str, Callable[..., list[Any]]] = {
    "env": env,
    "inventory_hostnames": inventory_hostnames,
    "varnames": varnames,
    "vars": vars_,
}
