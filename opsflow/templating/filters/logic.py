"""Filters that judge a value: bool, ternary, mandatory, type_debug."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jinja2 import Undefined
from jinja2.exceptions import FilterArgumentError

from opsflow.templating.guard import refuse_undefined
from opsflow.templating.kinds import type_name

_YES = frozenset({"yes", "on", "true", "1"})


def to_bool(value: Any) -> bool:
    """Return True for true, yes, on and 1 (in any case, as text or not), else False."""
    if isinstance(value, str):
        return value.lower() in _YES
    return isinstance(value, int | float) and value == 1


def ternary(value: Any, true_val: Any, false_val: Any, none_val: Any = None) -> Any:
    """Return the one that fits `value`'s truth. The other may be undefined."""
    refuse_undefined((value,))
    if value is None and none_val is not None:
        return none_val
    return true_val if value else false_val


def mandatory(value: Any, msg: str | None = None) -> Any:
    """Return `value`, or fail with `msg` when it is undefined."""
    if isinstance(value, Undefined):
        why: str = value._undefined_message  # pyright: ignore[reportPrivateUsage]
        raise FilterArgumentError(msg or f"filter 'mandatory': {why}")
    return value


def type_debug(value: Any) -> str:
    """Return the name of the value's type."""
    return "Undefined" if isinstance(value, Undefined) else type_name(value)


FILTERS: dict[str, Callable[..., Any]] = {
    "bool": to_bool,
    "mandatory": mandatory,
    "ternary": ternary,
    "type_debug": type_debug,
}

# These decide themselves what an undefined argument means.
TAKE_UNDEFINED = frozenset({"mandatory", "ternary", "type_debug"})
