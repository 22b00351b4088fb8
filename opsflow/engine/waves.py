"""Which hosts of a play are worked on when: their order, and the waves that `serial` cuts them into."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any, TypeVar

from opsflow.core.errors import InputError, TaskError
from opsflow.core.origin import Origin
from opsflow.inventory.model import Host
from opsflow.playbook.keywords import KEYWORDS
from opsflow.playbook.model import Play
from opsflow.source.values import is_templated, origin_of
from opsflow.templating.render import finalize
from opsflow.templating.scope import OMIT, Scope

T = TypeVar("T")


def in_order(hosts: list[Host], order: str) -> list[Host]:
    """Return hosts as the keyword `order` wants them."""
    if order in ("sorted", "reverse_sorted"):
        hosts = sorted(hosts, key=lambda host: host.name)
    if order.startswith("reverse"):
        return hosts[::-1]
    return random.sample(hosts, len(hosts)) if order == "shuffle" else hosts


def cut(hosts: Sequence[T], sizes: Sequence[Any]) -> list[list[T]]:
    """Cut hosts into waves: numbers and percentages of all, the last one repeats; one wave without any."""
    rest = list(hosts)
    found: list[list[T]] = []
    while rest:
        size = sizes[min(len(found), len(sizes) - 1)] if sizes else len(rest)
        count = batch_size(size, len(hosts)) or len(rest)
        found.append(rest[:count])
        rest = rest[count:]
    return found or [[]]


def play_keyword(play: Play, name: str, scope: Scope) -> Any:
    """Return a keyword of a play, None when it isn't set.

    Raises InputError when its template can't be rendered with `scope`, or yields what it can't be.
    """
    value = play.keywords.get(name)
    if not is_templated(value):
        return value
    try:
        found = finalize(scope.value(value))
        return None if found is OMIT else KEYWORDS[name].convert(found)
    except (TaskError, ValueError) as error:
        place = origin_of(value) or play.origin
        raise InputError.at(place, f"'{name}' of the play: {error}") from error


def batch_size(size: Any, total: int, place: Origin | None = None) -> int:
    """Return how many hosts a batch has; a percentage is of all the play's hosts, at least one.

    Raises InputError, at `place` where the size itself does not know where it was written.
    """
    text = str(size)
    try:
        if text.endswith("%"):
            return max(1, int(float(text[:-1]) * total / 100))
        return max(0, int(text))
    except (ValueError, OverflowError):
        message = f"'serial' must be a number or a percentage, not '{text}'"
        raise InputError.at(origin_of(size) or place, message) from None
