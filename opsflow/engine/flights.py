"""What a task, or one item of its loop, knows of the flight in which its call goes out.

A flight is a row of calls that a host does one behind the other, sent without waiting for answers: the items
of a loop, and the tasks that `ahead` begins before their turn.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable, Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from opsflow.connection.channel import Flight, Place
from opsflow.core.early import EARLY, NotYet
from opsflow.core.events import Event
from opsflow.core.results import TaskResult
from opsflow.playbook.model import Task

T = TypeVar("T")
Item = TypeVar("Item")

WINDOW = 32
"""Calls to a host that are under way at once: what a person can stop, and memory, are bounded."""

PLACE: ContextVar[Place | None] = ContextVar("place", default=None)
"""The place of the task, or of the item, that runs now."""


class Unseen(Mapping[str, Any]):
    """A layer of variables: names whose values are not known yet. Who asks for one comes too early."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self.names = frozenset(names)

    def __getitem__(self, name: str) -> Any:
        if name in self.names:
            raise NotYet(name)
        raise KeyError(name)

    def __contains__(self, key: object) -> bool:
        if key in self.names:
            raise NotYet(str(key))
        return False

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)


@dataclass(eq=False, slots=True)
class Begun:
    """A task under way on a host. `turn` is set when those before it have ended: it tells nothing before."""

    task: Task
    place: Place
    unseen: Unseen
    emit: Callable[[Event], None]
    turn: asyncio.Event = field(default_factory=asyncio.Event)
    kept: list[Event] = field(default_factory=list[Event])
    running: asyncio.Task[TaskResult] = field(init=False)

    def tell(self, event: Event) -> None:
        """Emit an event when it is the task's turn."""
        if self.turn.is_set():
            self.emit(event)
        else:
            self.kept.append(event)

    async def leave(self) -> None:
        """Go on in the task's turn, by calls of its own, with nothing behind it."""
        self.place.more = True
        self.place.out.set()
        await self.turn.wait()

    def comes(self) -> None:
        """It is the task's turn: what was unseen is known now."""
        self.unseen.names = frozenset()
        self.turn.set()
        for event in self.kept:
            self.emit(event)
        self.kept.clear()


_OWN_WAY = ("async", "delegate_to", "retries", "timeout", "until")
_BY_ITSELF = ("any_errors_fatal", "debugger", "ignore_unreachable", "run_once", "throttle")
_SSH = (None, "ssh", "smart")


def is_one_call(task: Task) -> bool:
    """Tell whether a task is one call to its host, or one for each item of its loop."""
    module = task.module
    if module is None or not _goes_with_others(task):
        return False
    if task.loop and task.loop.control and task.loop.control.keys() & {"pause", "break_when"}:
        return False
    return module.remote and module.makes_one_call() and not module.finds_facts


def fits(task: Task) -> bool:
    """Tell whether a task can be part of a flight of tasks: one that only reckons here can, too."""
    if task.title is not None or any(task.keywords.get(word) for word in _BY_ITSELF):
        return False
    if task.module is not None and task.module.reckons:
        return not task.loop and _goes_with_others(task)
    return is_one_call(task)


def is_far(connection: object) -> bool:
    """Tell whether a host is another machine: what is done to this one may change what is read here next."""
    return connection in ("ssh", "smart", "paramiko", "paramiko_ssh")


def _goes_with_others(task: Task) -> bool:
    if task.meta or task.outer or task.flaw or task.choose or task.keywords.get("connection") not in _SSH:
        return False
    return not any(task.keywords.get(word) for word in _OWN_WAY)


def begin(run: Callable[[], Coroutine[Any, Any, T]], place: Place) -> asyncio.Task[T]:
    """Begin something that has a place in a flight; `place.out` is set when it is out, or has ended."""

    async def placed() -> T:
        PLACE.set(place)
        EARLY.set(place.early)
        return await run()

    begun = asyncio.create_task(placed())
    begun.add_done_callback(lambda _: place.out.set())
    return begun


def is_not_yet(begun: asyncio.Task[Any]) -> bool:
    """Tell whether something has ended that has to begin anew in its turn."""
    return begun.done() and not begun.cancelled() and isinstance(begun.exception(), NotYet)


async def in_flight(
    items: Iterable[Item], run: Callable[[Item], Coroutine[Any, Any, T]], begun: Begun | None
) -> AsyncGenerator[T]:
    """Yield what `run` returns for each item of a task, in their order, with those behind it under way.

    Args:
        items: what is run.
        run: runs one. It is begun anew in its turn where it could not before.
        begun: the task, where it is part of a flight itself.
    """
    place = begun.place if begun else Place(Flight(), 0, stops=False, early=False, waits=True)
    left, under_way = deque(items), deque[tuple[Item, asyncio.Task[T]]]()
    wide, first = True, True
    try:
        while left or under_way:
            while left and (not under_way or (wide and len(under_way) < WINDOW)):
                behind = bool(under_way)
                own = place.another(early=place.early or behind, waits=place.waits and not behind)
                item = left.popleft()
                under_way.append((item, begin(partial(run, item), own)))
                await own.out.wait()
                wide = wide and not own.more and not is_not_yet(under_way[-1][1])
            if begun:  # what stands behind it may go out, too, when its last item has
                begun.place.more = bool(left) or not wide
                begun.place.out.set()
            item, running = under_way.popleft()
            try:
                result = await running
            except NotYet:
                if begun and not begun.turn.is_set():
                    if first:
                        raise
                    await begun.leave()
                place = Place(Flight(), place.step, place.stops, early=False, waits=True)
                result = await begin(partial(run, item), place)
            first = False
            yield result
    finally:
        for _, running in under_way:
            running.cancel()
        await asyncio.gather(*(running for _, running in under_way), return_exceptions=True)
