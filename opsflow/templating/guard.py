"""How filters and tests fail: by a sentence that names them, and never on an undefined value by accident."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable
from typing import Any

from jinja2 import Undefined
from jinja2.exceptions import FilterArgumentError

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
        UndefinedError: (on a call) an argument is undefined.
        FilterArgumentError: (on a call) `function` could not work with its input.
    """

    @functools.wraps(function)
    def guarded(*args: Any, **options: Any) -> Any:
        if not takes_undefined:
            refuse_undefined(args)
            refuse_undefined(options.values())
        try:
            return function(*args, **options)
        except _BAD_INPUT as error:
            raise FilterArgumentError(f"{kind} '{name}': {describe(error)}") from error

    return guarded


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
