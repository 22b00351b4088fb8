"""Few hosts are connected to at once at first, more with each that is up, and none holds up the others."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from opsflow.connection import ssh_connect
from opsflow.connection.ssh_connect import _Turns


async def taken(turns: _Turns, most: int) -> list[Callable[[], None]]:
    """Return what ends the turns that can be had at once."""
    found: list[Callable[[], None]] = []
    for _ in range(most):
        try:
            found.append(await asyncio.wait_for(turns.take(), 0.01))
        except TimeoutError:
            return found
    return found


async def test_each_end_lets_two_in_until_there_are_most() -> None:
    turns = _Turns(2, 5)
    first = await taken(turns, 10)
    assert len(first) == 2
    first[0]()
    first[0]()  # it has ended: once is enough
    assert len(await taken(turns, 10)) == 2
    first[1]()
    more = await taken(turns, 10)
    assert len(more) == 2
    for end in more:
        end()
    assert len(await taken(turns, 10)) == 3  # two that have ended, and the last one more


async def test_a_long_turn_ends_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ssh_connect, "LONG_START", 0.5)
    turns = _Turns(1, 1)
    end = await turns.take()
    assert not await taken(turns, 1)
    await asyncio.wait_for(turns.take(), 5)
    end()  # it has ended: nobody is let in for it again
    assert not await taken(turns, 1)
