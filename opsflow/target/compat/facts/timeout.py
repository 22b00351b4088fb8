"""Collecting what may take forever, for a while."""

from __future__ import annotations

import functools
import threading

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

GATHER_TIMEOUT: int | None = None
DEFAULT_GATHER_TIMEOUT = 10


class TimeoutError(Exception):
    """It took too long."""


def timeout(seconds: Any = None, error_message: str = "Timer expired") -> Callable[[Any], Any]:
    """Return a decorator that waits for a function for so many seconds. What takes longer is left alone."""

    def wrapper(function: Any) -> Any:
        @functools.wraps(function)
        def limited(*args: Any, **kwargs: Any) -> Any:
            limit = seconds or GATHER_TIMEOUT or DEFAULT_GATHER_TIMEOUT
            found: list[Any] = []

            def work() -> None:
                try:
                    found.append((True, function(*args, **kwargs)))
                except BaseException as error:
                    found.append((False, error))

            thread = threading.Thread(target=work, daemon=True)
            thread.start()
            thread.join(limit)
            if not found:
                raise TimeoutError("%s after %s seconds" % (error_message, limit))
            good, value = found[0]
            if not good:
                raise value
            return value

        return limited

    if callable(seconds):  # used without arguments
        function, seconds = seconds, None
        return wrapper(function)
    return wrapper
