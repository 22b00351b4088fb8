"""Values in the places of a query: `%s`, `%(name)s`, and `%%` for a %."""

from __future__ import annotations

import re

from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

_PLACE = re.compile(r"%(?:%|s|\(([^)]*)\)s|(.?))", re.DOTALL)


def bind(query: str, args: list[Any] | Mapping[str, Any] | None, literal: Callable[[Any], str]) -> str:
    """Return a query with values in its places, from a list or a mapping.

    The values become literals in one pass: no value is ever read as a part of the query. Without values
    the query stays as it is. Raises Fail for places that have no value, and values that have no place.
    """
    if not args:
        return query
    binder = _Binder(args, literal)
    text = _PLACE.sub(binder.place, query)
    if isinstance(args, list) and binder.used < len(args):
        raise Fail("not all arguments converted during string formatting")
    return text


class _Binder:
    def __init__(self, args: list[Any] | Mapping[str, Any], literal: Callable[[Any], str]) -> None:
        self.args = args
        self.literal = literal
        self.used = 0

    def place(self, found: re.Match[str]) -> str:
        if found.group() == "%%":
            return "%"
        if found.group(2) is not None:
            raise Fail("unsupported placeholder %r: write %%s, %%(name)s, or %%%% for a %%" % found.group())
        if isinstance(self.args, list):
            return self._next(self.args, found)
        if found.group(1) is None or found.group(1) not in self.args:
            raise Fail("the query has the place %s, for which there is no value" % found.group())
        return self.literal(self.args[found.group(1)])

    def _next(self, args: list[Any], found: re.Match[str]) -> str:
        if found.group() != "%s" or self.used == len(args):
            raise Fail("the query has the place %s, for which there is no value" % found.group())
        self.used += 1
        return self.literal(args[self.used - 1])
