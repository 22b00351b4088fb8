"""Filters on dates and times."""

from __future__ import annotations

import datetime
import time
from collections.abc import Callable
from typing import Any


def to_datetime(value: str, format: str = "%Y-%m-%d %H:%M:%S") -> datetime.datetime:
    """Return the moment in a text."""
    return datetime.datetime.strptime(value, format)


def strftime(format: str, second: Any = None, utc: bool = False) -> str:
    """Return a moment (in seconds since 1970, by default now) as text in `format`."""
    try:
        moment = None if second is None else float(second)
    except ValueError:
        raise ValueError(f"'{second}' is not a number of seconds") from None
    return time.strftime(format, time.gmtime(moment) if utc else time.localtime(moment))


FILTERS: dict[str, Callable[..., Any]] = {"strftime": strftime, "to_datetime": to_datetime}
