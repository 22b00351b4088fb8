"""How much is done at once: in a run, in a task, in a group and on a host; and what goes one by one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager


class Limits:
    """Semaphores by what they limit. They are always taken in one order, `forks` last, so none can lock."""

    def __init__(self, forks: int) -> None:
        self.forks = asyncio.Semaphore(forks)
        self._others: dict[tuple[object, int], asyncio.Semaphore] = {}
        self._turns: dict[str, asyncio.Lock] = {}
        self._spoilt: dict[str, str] = {}

    @asynccontextmanager
    async def turn(
        self, task: int, throttle: int, names: Iterable[str], limits: Mapping[str, int]
    ) -> AsyncGenerator[None]:
        """Wait for a turn to do a task on a host.

        Args:
            task: the task's key.
            throttle: how many hosts may do it at once; 0 for no limit.
            names: the host and its groups.
            limits: how many tasks may be under way at once, by the name of a group or host.
        """
        async with AsyncExitStack() as held:
            if throttle > 0:
                await held.enter_async_context(self._semaphore(task, throttle))
            for name in sorted(limits.keys() & set(names)):
                await held.enter_async_context(self._semaphore(name, limits[name]))
            await held.enter_async_context(self.forks)
            yield

    def _semaphore(self, what: object, limit: int) -> asyncio.Semaphore:
        return self._others.setdefault((what, limit), asyncio.Semaphore(limit))

    @asynccontextmanager
    async def one_by_one(self, word: str, host: str) -> AsyncGenerator[str]:
        """Wait until no other host of the run is within the same word; no word, no waiting.

        Gives "", or why the host has no turn: an earlier one came to grief in its own, and turns are taken
        for the sake of those that are left.
        """
        if not word:
            yield ""
            return
        async with self._turns.setdefault(word, asyncio.Lock()):
            if word in self._spoilt:
                yield f"{self._spoilt[word]} failed in its turn of '{word}'"
                return
            try:
                yield ""
            except BaseException:
                self._spoilt[word] = host
                raise
