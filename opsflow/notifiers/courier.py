"""Delivers messages in a thread of its own: a run never waits for a notifier, nor breaks by one.

Each notifier has a worker that sends one message after the other, the oldest first, its own and those that
earlier runs could not deliver. Nobody takes one: it is tried again, after twice as long each time. At the end
of the run what is left stays in the outbox of the ledger; without one it is lost, and told of.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
import uuid
import zlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TypeVar

from opsflow.ledger.outbox import Letter, Outbox, Way
from opsflow.ledger.place import LedgerError
from opsflow.ledger.sqlite import in_memory

from .base import NotifyError
from .configured import Entry
from .message import Message, folded
from .routes import EVERYTHING, Route

log = logging.getLogger(__name__)

T = TypeVar("T")

ATTEMPT_S = 120.0
"""Seconds that a notifier may take for one message."""
LONGEST_PAUSE_S = 60.0
"""Seconds between two tries at most."""
_DOUBLED = 16  # how often a pause is: then it is the longest in any case
IDLE_S = 60.0
"""Seconds after which a worker without a message looks for one that another process gave back."""
FRESH_S = 5.0
"""Seconds for which a failure counts still when the run ends meanwhile."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """A notifier that did not take all messages: why, after how many tries of the last one.

    `left` is how many it has not got, `kept` whether they are sent later.
    """

    notifier: str
    error: NotifyError
    tries: int
    left: int
    kept: bool


@dataclass(slots=True)
class _Worker:
    """What is known of a notifier that is at work.

    `own` are the messages of this run that it has not got, `passed_over` those that it is not to be given
    again, `failed` those that it did not take; `tries` counts those of each message, `error` is what went
    wrong last, `last` after how many tries, `partly` whether it took one for some recipients only.
    """

    entry: Entry
    limits: list[Route]
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    own: set[str] = field(default_factory=set[str])
    passed_over: set[str] = field(default_factory=set[str])
    failed: set[str] = field(default_factory=set[str])
    tries: dict[str, int] = field(default_factory=dict[str, int])
    error: NotifyError | None = None
    last: int = 0
    partly: bool = False


class Courier:
    """Takes messages at any time and from any thread, until it is closed."""

    def __init__(
        self,
        entries: Sequence[Entry],
        routes: Sequence[Route] = (),
        *,
        open_outbox: Callable[[], Outbox] | None = None,
        mask: Callable[[str], str] = str,
    ) -> None:
        """Begin; what waits for these notifiers is sent at once.

        Args:
            entries: the notifiers.
            routes: those of them that have a limit count.
            open_outbox: opens the ledger's, by the thread; without it messages are kept in memory.
            mask: takes secrets out of what a notifier says.
        """
        self.ledger_error: LedgerError | None = None
        self._open_outbox = open_outbox
        self._mask = mask
        limited = [route for route in routes if route.config.at_most]
        self._workers = {
            entry.name: _Worker(entry, [one for one in limited if entry.name in one.config.to])
            for entry in entries
        }
        self._boxes: list[Outbox] = []
        self._loop = asyncio.new_event_loop()
        self._ending = asyncio.Event()
        self._done: Future[None] = Future()
        threading.Thread(target=self._run, name="opsflow notifiers", daemon=True).start()

    def post(self, name: str, route: Route | None, message: Message) -> None:
        """Have a message delivered by the notifier of that name, which came by a route."""
        worker = self._workers[name]
        try:
            self._loop.call_soon_threadsafe(self._accept, worker, route, message)
        except RuntimeError:  # the thread has ended before its time
            worker.own.add(message.key)

    async def close(self, wait: float) -> list[Trouble]:
        """Send what can be sent in that many seconds, and return what is wrong with the notifiers."""
        with suppress(RuntimeError):  # as above
            self._loop.call_soon_threadsafe(self._end)
        await asyncio.wait([asyncio.wrap_future(self._done)], timeout=wait)
        return list(self._troubles())

    # all below is done by the thread

    def _run(self) -> None:
        try:
            with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
                runner.run(self._main())
        except Exception:
            log.debug("the delivery of messages failed", exc_info=True)
        finally:
            self._done.set_result(None)

    async def _main(self) -> None:
        opened = self._tried(self._open_outbox) if self._open_outbox else None
        self._boxes.append(opened or Outbox(in_memory()))
        self._tried(self._boxes[0].give_up)
        await asyncio.gather(*(self._safely(worker) for worker in self._workers.values()))
        for box in self._boxes:
            self._tried(box.close)

    def _end(self) -> None:
        self._ending.set()
        for worker in self._workers.values():
            worker.wake.set()

    def _tried(self, call: Callable[[], T]) -> T | None:
        """Return what comes of something that the ledger is needed for, None when it fails."""
        try:
            return call()
        except LedgerError as error:
            log.debug("the outbox failed", exc_info=True)
            self.ledger_error = error
            return None

    @property
    def _keeps(self) -> bool:
        """Tell whether what can't be delivered now is kept for later."""
        return self._open_outbox is not None and self.ledger_error is None

    def _accept(self, worker: _Worker, route: Route | None, message: Message) -> None:
        letter = Letter(
            message.key, message.run_id, _way(worker.entry, route), message.event, message.severity,
            message.title, time.time(), message=message.packed(),
        )  # fmt: skip
        limit = route.config if route else EVERYTHING
        put = self._tried(lambda: self._boxes[0].put(letter, at_most=limit.at_most, per=limit.per))
        if put is None:
            if len(self._boxes) == 1:
                self._boxes.append(Outbox(in_memory()))
            self._boxes[1].put(letter)
        if put is not False:
            worker.own.add(letter.id)
        worker.wake.set()

    async def _safely(self, worker: _Worker) -> None:
        try:
            await self._work(worker)
        except Exception as error:
            log.debug("the messages of '%s' can't be delivered", worker.entry.name, exc_info=True)
            worker.error = NotifyError(f"{type(error).__name__} on the way to it")

    async def _work(self, worker: _Worker) -> None:
        while True:
            worker.wake.clear()
            found = self._take(worker)
            if found is None:
                if self._ending.is_set():
                    return
                await _woken(worker.wake, IDLE_S)
            elif not await self._delivered(worker, *found):
                return

    def _take(self, worker: _Worker) -> tuple[Outbox, Letter] | None:
        source, name = worker.entry.source, worker.entry.name
        for box in self._boxes:
            for route in worker.limits:
                self._release(box, worker, route)
            letter = self._tried(lambda box=box: box.take(source, name, worker.passed_over))
            if letter:
                return box, letter
        return None

    def _release(self, box: Outbox, worker: _Worker, route: Route) -> None:
        """Let go what the limit of a route has held back, if it is time."""
        limit, id_ = route.config, uuid.uuid4().hex
        if self._tried(lambda: box.release(
            _way(worker.entry, route), id_, merged, at_most=limit.at_most or 0, per=limit.per,
            over=self._ending.is_set(),
        )):  # fmt: skip
            worker.own.add(id_)

    async def _delivered(self, worker: _Worker, box: Outbox, letter: Letter) -> bool:
        """Send a message, and tell whether there is any use in going on."""
        message = _message(letter)
        error = await attempt(worker.entry, message) if message else NotifyError("the message is damaged")
        worker.tries[letter.id] = tries = worker.tries.get(letter.id, 0) + 1
        if error:
            worker.error, worker.last = error, tries
        if error is None or error.partly:
            self._sent(worker, box, letter, error)
            return True
        worker.failed.add(letter.id)
        self._tried(lambda: box.failed(letter.id, self._mask(error.message)))
        if not error.again:
            worker.passed_over.add(letter.id)
            return True
        return await self._paused(worker, tries)

    def _sent(self, worker: _Worker, box: Outbox, letter: Letter, error: NotifyError | None) -> None:
        worker.own.discard(letter.id)
        worker.passed_over.add(letter.id)  # also where the ledger does not take note
        worker.failed.discard(letter.id)
        worker.partly = worker.partly or error is not None
        self._tried(lambda: box.sent(letter.id, self._mask(error.message) if error else None))

    async def _paused(self, worker: _Worker, tries: int) -> bool:
        """Wait before the next try, and tell whether there is to be one."""
        config = worker.entry.config
        pause = min(config.backoff * 2 ** min(tries - 1, _DOUBLED), LONGEST_PAUSE_S)
        if self._ending.is_set():
            if tries > config.retries:
                return False
            await asyncio.sleep(pause)
            return True
        begun = time.monotonic()
        await _woken(self._ending, pause)
        ended_at_once = self._ending.is_set() and time.monotonic() - begun < FRESH_S
        return not (ended_at_once and tries > config.retries)

    def _troubles(self) -> Iterator[Trouble]:
        late = NotifyError("it took too long")
        for name, worker in self._workers.items():
            if worker.own or worker.failed or worker.partly:
                left = len(worker.own | worker.failed)
                yield Trouble(name, worker.error or late, worker.last, left, self._keeps and left > 0)


def _way(entry: Entry, route: Route | None) -> Way:
    return Way(entry.source, entry.name, route.name if route else "")


def _message(letter: Letter) -> Message | None:
    """Return a kept message, None when it can't be read."""
    try:
        return Message.unpacked(letter.message or b"")
    except (ValueError, TypeError, zlib.error):
        return None


async def _woken(event: asyncio.Event, seconds: float) -> None:
    """Return when an event is set, at the latest after some seconds."""
    with suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)


def merged(id: str, packed: Sequence[bytes]) -> tuple[bytes, str, str, str]:
    """Return one packed message for several, with event, severity and title: as `Outbox.release` wants."""
    one = folded(id, [Message.unpacked(each) for each in packed])
    return one.packed(), one.event, one.severity, one.title


async def attempt(entry: Entry, message: Message) -> NotifyError | None:
    """Have a notifier send a message once, and return what went wrong."""
    try:
        async with asyncio.timeout(ATTEMPT_S):
            await entry.notifier.send(message)
    except NotifyError as error:
        return error
    except TimeoutError:
        return NotifyError(f"it took longer than {ATTEMPT_S:.0f} s", again=True)
    except Exception as error:
        # A notifier may come from anywhere: whatever is wrong in it, no run breaks by it.
        log.debug("notifier '%s' failed", entry.name, exc_info=True)
        return NotifyError(f"{type(error).__name__} in its code")
    return None
