"""Trying again, and not too often."""

# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

import functools
import random
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any


def rate_limit_argument_spec(spec: Any = None) -> dict[str, Any]:
    """Return the options of a module that must not ask too often."""
    return dict({"rate": {"type": "int"}, "rate_limit": {"type": "int"}}, **(spec or {}))


def retry_argument_spec(spec: Any = None) -> dict[str, Any]:
    """Return the options of a module that tries again."""
    return dict({"retries": {"type": "int"}, "retry_pause": {"type": "float", "default": 1}}, **(spec or {}))


def basic_auth_argument_spec(spec: Any = None) -> dict[str, Any]:
    """Return the options of a module that logs in to an API."""
    own = {
        "api_username": {"type": "str"},
        "api_password": {"type": "str", "no_log": True},
        "api_url": {"type": "str"},
        "validate_certs": {"type": "bool", "default": True},
    }
    return dict(own, **(spec or {}))


def rate_limit(rate: float | None = None, rate_limit: float | None = None) -> Callable[[Any], Any]:
    """Return a decorator: at most `rate` calls in `rate_limit` seconds."""
    pause = rate_limit / rate if rate and rate_limit else 0.0

    def wrapper(function: Any) -> Any:
        last = [float("-inf")]

        @functools.wraps(function)
        def limited(*args: Any, **kwargs: Any) -> Any:
            left = last[0] + pause - time.monotonic()
            if left > 0:
                time.sleep(left)
            last[0] = time.monotonic()
            return function(*args, **kwargs)

        return limited

    return wrapper


def retry(retries: int | None = None, retry_pause: float = 1) -> Callable[[Any], Any]:
    """Return a decorator: call again until something true comes back, at most `retries` times."""

    def wrapper(function: Any) -> Any:
        @functools.wraps(function)
        def retried(*args: Any, **kwargs: Any) -> Any:
            for _ in range(retries or 1):
                try:
                    found = function(*args, **kwargs)
                except Exception:
                    found = None
                if found:
                    return found
                time.sleep(retry_pause)
            if retries:
                raise Exception("Retry limit exceeded: %d" % retries)  # noqa: TRY002
            return function(*args, **kwargs)

        return retried

    return wrapper


def generate_jittered_backoff(
    retries: int = 10, delay_base: float = 3, delay_threshold: float = 60
) -> Iterator[float]:
    """Yield pauses in seconds: random ones, up to a limit that doubles."""
    for attempt in range(retries):
        yield random.uniform(0, min(delay_threshold, delay_base * 2**attempt))  # noqa: S311


def retry_never(exception_or_result: Any) -> bool:
    """Never try again."""
    return False


def retry_with_delays_and_condition(
    backoff_iterator: Any, should_retry_error: Callable[[Any], bool] | None = None
) -> Callable[[Any], Any]:
    """Return a decorator: call again after each of the pauses while the error is one to try again for."""
    again = should_retry_error or retry_never

    def wrapper(function: Any) -> Any:
        @functools.wraps(function)
        def retried(*args: Any, **kwargs: Any) -> Any:
            for pause in backoff_iterator:
                try:
                    return function(*args, **kwargs)
                except Exception as error:
                    if not again(error):
                        raise
                time.sleep(pause)
            return function(*args, **kwargs)

        return retried

    return wrapper
