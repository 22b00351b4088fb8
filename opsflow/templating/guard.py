"""How filters and tests fail: by a sentence that names them, and never on an undefined value by accident.

An undefined argument makes the result undefined, so that `a.b | upper | default('x')` is `x`.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, cast

from jinja2 import Undefined, UndefinedError
from jinja2.exceptions import FilterArgumentError

from .environment import undefined

_BAD_INPUT = (TypeError, ValueError, LookupError, AttributeError, ArithmeticError, OSError, re.error)


def guard(
    kind: str, name: str, function: Callable[..., Any], *, takes_undefined: bool = False
) -> Callable[..., Any]:
    """Return `function` as Jinja2 is to call it.

    Args:
        kind: "filter" or "test", for messages.
        name: its name in templates.
        function: it may raise any of Python's usual errors for bad input.
        takes_undefined: `function` decides itself what an undefined argument means.

    Raises:
        FilterArgumentError: (on a call) `function` could not work with its input.
    """

    @functools.wraps(function)
    def checked(*args: Any, **options: Any) -> Any:
        try:
            return function(*args, **options)
        except _BAD_INPUT as error:
            raise FilterArgumentError(f"{kind} '{name}': {describe(error)}") from error

    return undefined_through(checked, takes_undefined=takes_undefined)


def undefined_through(function: Callable[..., Any], *, takes_undefined: bool = False) -> Callable[..., Any]:
    """Return a filter or test that yields an undefined value where it is given one or would yield one inside.

    What can be read only once becomes a list. With `takes_undefined` its arguments may be undefined.
    """

    @functools.wraps(function)
    def through(*args: Any, **options: Any) -> Any:
        if not takes_undefined:
            for value in (*args, *options.values()):
                if isinstance(value, Undefined):
                    return value
        try:
            result = function(*args, **options)
            result = list(cast("Iterator[Any]", result)) if isinstance(result, Iterator) else result
        except UndefinedError as error:
            return undefined(error.message or "undefined")
        inside = None if isinstance(result, str | bool) else undefined_inside(result)
        return result if inside is None else inside

    return through


def undefined_inside(value: Any, depth: int = 2) -> Undefined | None:
    """Return the first undefined value in a list or mapping, or in those that it holds; None without one."""
    if isinstance(value, Undefined):
        return value
    if not depth or not isinstance(value, dict | list | tuple):
        return None
    items = cast("Iterable[Any]", value.values() if isinstance(value, dict) else value)
    return next((found for item in items if (found := undefined_inside(item, depth - 1)) is not None), None)


def refuse_undefined(values: Iterable[Any]) -> None:
    """Raise UndefinedError, with the name that was used, for the first undefined value."""
    for value in values:
        if isinstance(value, Undefined):
            value._fail_with_undefined_error()  # pyright: ignore[reportPrivateUsage]


def describe(error: Exception) -> str:
    """Return the sentence of an error; a KeyError's text alone would be just the quoted key."""
    if isinstance(error, KeyError):
        return f"no such key: {error}"
    return str(error) or type(error).__name__
