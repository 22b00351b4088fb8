"""How much is done at once: in a run, in a task, in a group and on a host."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager


class Limits:
    """Semaphores by what they limit. They are always taken in one order, `forks` last, so none can lock."""

    def __init__(self, forks: int) -> None:
        self.forks = asyncio.Semaphore(forks)
        self._others: dict[tuple[object, int], asyncio.Semaphore] = {}

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
