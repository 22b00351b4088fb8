"""The present time in UTC."""

from __future__ import annotations

import datetime

UTC = datetime.timezone.utc


def utcnow() -> datetime.datetime:
    """Return the present time, knowing that it is UTC."""
    return datetime.datetime.now(UTC)


def utcfromtimestamp(timestamp: float) -> datetime.datetime:
    """Return the time of a moment, knowing that it is UTC."""
    return datetime.datetime.fromtimestamp(timestamp, UTC)
