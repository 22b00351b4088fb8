"""Tasks that begin before their turn: those that need no unseen result go to their host in one flight.

A host that goes through its play by itself (`strategy: free`, or alone in its wave) waits for no other one.
It leaves out what stands behind a failure, so nothing is done that would not have been done, and results are
taken in the order of the tasks. A task that reads what nobody knows yet, such as a value that a task in
flight registers, begins in its turn.
"""

from __future__ import annotations

import asyncio
import copy
import time
from collections import deque
from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from functools import partial
from typing import Any, Protocol

from opsflow.connection.channel import Flight, Place
from opsflow.core.early import NotYet
from opsflow.core.events import Event
from opsflow.core.results import Status, TaskResult
from opsflow.playbook.model import Play, Task
from opsflow.source.values import is_templated

from . import effects
from .flights import WINDOW, Begun, Unseen, begin, fits, is_not_yet
from .state import HostState

_LEADS_TO_ALL = frozenset({"ansible_facts", "hostvars", "vars"})


class Run(Protocol):
    """Runs a task on a host, as `TaskRunner.run` does."""

    def __call__(
        self, task: Task, state: HostState, play: Play, *, begun: Begun
    ) -> Coroutine[Any, Any, TaskResult]: ...


class Ahead:
    """The tasks of one host that are under way in a play."""

    def __init__(
        self,
        state: HostState,
        play: Play,
        run: Run,
        emit: Callable[[Event], None],
        goes_on: Callable[[], bool],
        missed: dict[int, str],
    ) -> None:
        """
        Args:
            state: the host.
            play: its play.
            run: runs a task.
            emit: takes the events that are kept back until their task's turn.
            goes_on: whether more may begin.
            missed: what tasks missed that began too early on any host, by their identity.
        """
        self._state = state
        self._play = play
        self._run = run
        self._emit = emit
        self._goes_on = goes_on
        self._missed = missed
        self._flight = Flight()
        self._step = 0
        self._front = state  # stands at the first task that has not begun
        self._current: Begun | None = None
        self._early: deque[Begun] = deque()
        self._blocked: tuple[Task, str] | None = None
        self._landed = 0.0
        self._turn: AsyncExitStack | None = None

    @property
    def next(self) -> Task | None:
        """The first task that has begun before its turn, None where there is none."""
        return self._early[0].task if self._early else None

    async def do(self, task: Task) -> TaskResult:
        """Return what comes of a task whose turn it is; what may follow gets under way."""
        if self._early:
            begun = self._current = self._early.popleft()
            begun.comes()
            await self._look()
            try:
                return self._taken(begun, await begun.running)
            except NotYet:  # so are all that stand behind it
                await self._forget()
        return await self._anew(task)

    async def stop(self) -> None:
        """Have the host begin nothing more; what it has begun by then stays to be taken."""
        self.drop()
        await asyncio.gather(*(one.running for one in self._early), return_exceptions=True)
        while self._early and not _was_done(self._early[-1]):
            self._early.pop()

    def drop(self) -> None:
        """Tell the host to begin nothing more."""
        self._flight.drop()

    async def turn(self, turn: AbstractAsyncContextManager[object]) -> None:
        """Wait for the host's turn, unless it has it: it lasts as long as anything is under way."""
        if self._turn is None:
            stack = AsyncExitStack()
            await stack.enter_async_context(turn)
            self._turn = stack

    async def land(self) -> None:
        """Give the host's turn away: nothing is under way."""
        turn, self._turn = self._turn, None
        if turn:
            await turn.aclose()

    async def close(self) -> None:
        """End what is under way."""
        if self._current:
            self._early.append(self._current)
        for one in self._early:
            one.running.cancel()
        await self._forget()
        await self.land()

    # in the task's turn

    async def _anew(self, task: Task) -> TaskResult:
        self._flight, self._step, self._blocked = Flight(), 0, None
        self._front = self._at(self._state)
        self._front.occurrences = dict(self._state.occurrences)
        self._front.cursor.advance()
        begun = self._current = self._begin(task, self._state, early=False)
        await begun.place.out.wait()
        await self._look()
        result = await begun.running
        self._landed = time.perf_counter()
        return result

    def _taken(self, begun: Begun, result: TaskResult) -> TaskResult:
        """Return the result of a task that began early as if it had begun now."""
        if "ansible_facts" in result.data:
            effects.take_facts(begun.task, self._state, result.data)
        before, self._landed = self._landed, time.perf_counter()
        result.duration = min(result.duration, self._landed - before)
        return result

    async def _forget(self) -> None:
        await asyncio.gather(*(one.running for one in self._early), return_exceptions=True)
        self._early.clear()

    # before it

    async def _look(self) -> None:
        """Begin what may follow, as long as it needs nothing that is not known yet."""
        while self._goes_on() and len(self._early) < WINDOW and self._passes():
            task = self._front.next_task()
            if task is None or not fits(task) or self._is_other_use(task) or self._waits(task):
                return
            self._front.count(task)
            begun = self._begin(task, self._at(self._front), early=True)
            self._early.append(begun)
            await begun.place.out.wait()
            if is_not_yet(begun.running):
                error = begun.running.exception()
                name = error.name if isinstance(error, NotYet) else ""
                self._blocked = task, name
                self._missed[id(task)] = name  # of one that is gone by now: another one waits
                self._early.pop()
                self._front.occurrences[task.info.module, task.own_name] -= 1
                return
            self._front.cursor.advance()

    def _begin(self, task: Task, state: HostState, *, early: bool) -> Begun:
        self._step += 1
        stops = task.keywords.get("ignore_errors") is not True
        waits = not early or (self._blocked is not None and self._blocked[0] is task)
        place = Place(self._flight, self._step, stops, early, waits)
        begun = Begun(task, place, Unseen(self._unseen() if early else ()), self._emit)
        if not early:
            begun.comes()
        begun.running = begin(partial(self._run, task, state, self._play, begun=begun), place)
        return begun

    def _at(self, state: HostState) -> HostState:
        """Return a host as it stands now, for a task that begins there."""
        found = copy.copy(state)
        found.cursor = state.cursor.copy()
        return found

    def _unseen(self) -> set[str]:
        """Return the names whose values are not known, or not kept, yet."""
        names: set[str] = set()
        for one in (self._current, *self._early):
            if one and one.task.register:
                names.add(one.task.register)
            if one and one.place.early and one.running.done() and not is_not_yet(one.running):
                names.update(one.running.result().data.get("ansible_facts") or ())
        return names | _LEADS_TO_ALL if names else names

    def _waits(self, task: Task) -> bool:
        """Tell whether what a task missed when it tried to begin, here or on another host, is missing now."""
        if self._blocked is not None and self._blocked[0] is task:
            name = self._blocked[1]
            return not name or name in self._unseen()
        name = self._missed.get(id(task), "")
        if name not in self._unseen():
            return False
        self._blocked = task, name
        return True

    def _is_other_use(self, task: Task) -> bool:
        """Tell whether a task belongs to a role that is left out when the use of it before is done."""
        role = task.role
        under_way = (one.task.role for one in (self._current, *self._early) if one)
        return any(role and use and use is not role and use.key == role.key for use in under_way)

    def _passes(self) -> bool:
        """Tell whether the last task that began has not failed, or its host knows when it does."""
        last = self._early[-1] if self._early else self._current
        if last is None or last.place.more or not _fails_there(last.task, self._play):
            return False
        if not last.running.done():
            return True
        if last.running.cancelled() or last.running.exception():
            return False
        return not last.running.result().failed


def _fails_there(task: Task, play: Play) -> bool:
    """Tell whether a task fails by what its host says, not by what is reckoned from that here."""
    words = task.keywords
    changed = words.get("changed_when") or ()
    judged = words.get("failed_when") or any(not isinstance(one, bool) for one in changed)
    if judged or is_templated(words.get("ignore_errors")):
        return False
    known = {name for handler in play.handlers for name in (*handler.names, *handler.listen)}
    return all(not is_templated(name) and name in known for name in task.notify)


def _was_done(begun: Begun) -> bool:
    """Tell whether a task that has ended was done on its host."""
    running, module = begun.running, begun.task.module
    if running.cancelled() or running.exception():
        return False
    told = running.result().status is not Status.UNREACHABLE
    return told and module is not None and module.remote
