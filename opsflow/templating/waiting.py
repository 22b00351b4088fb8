"""Lookups that wait for commands and servers: rendering that needs one leaves the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextvars import ContextVar
from typing import TypeVar

from opsflow.core.early import EARLY, NotYet

T = TypeVar("T")

_in_loop: ContextVar[bool] = ContextVar("in_loop", default=False)


class _Waits(BaseException):
    """Something would wait; it is no error, and nothing that handles errors must handle it."""


def waits() -> None:
    """Say that what follows may take long: whoever renders in the event loop then begins anew elsewhere."""
    if EARLY.get():
        raise NotYet  # what it asks for may change by what is done before
    if _in_loop.get():
        raise _Waits


async def apart(function: Callable[..., T], *args: object) -> T:
    """Return `function(*args)`, called here, or in a thread from the start if something in it `waits`.

    The function must bear to be called twice: it renders.
    """
    token = _in_loop.set(True)
    try:
        return function(*args)
    except _Waits:
        pass
    finally:
        _in_loop.reset(token)
    return await asyncio.to_thread(function, *args)
