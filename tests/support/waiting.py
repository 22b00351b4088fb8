"""Waiting for what others do, without working meanwhile: they need the processor."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def until(found: Callable[[], T], seconds: float = 30, pause: float = 0.02) -> T:
    """Return what a function returns as soon as that is something. Raises AssertionError when it is late."""
    end = time.monotonic() + seconds
    while not (one := found()):
        assert time.monotonic() < end, f"nothing came of it within {seconds} s"
        time.sleep(pause)
    return one
