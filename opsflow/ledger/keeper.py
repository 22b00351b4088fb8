"""Keeps a run's leases: takes them together, renews them in a thread, and knows without asking if they hold.

A lease is sure for two thirds of its time after a renewal, by a clock that nobody sets, as long as the wall
clock agrees with it: after a freeze, a sleep of the machine or a jump the database is asked again first.
"""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TypeVar

from opsflow.core.leases import Holder, HostTaken, Kind

from . import leases
from .header import Place
from .leases import Clocks, Lease
from .place import LedgerError
from .store import Busy, Store

log = logging.getLogger(__name__)

T = TypeVar("T")

LASTS = 30.0
"""Seconds that a lease is good for when it is not renewed."""
PATIENCE = 20.0
"""Seconds for which a database that is locked or gone is tried again while a task waits."""
CLOSING = 3.0
"""The same at the end of a run."""
_SURE = 2 / 3
_RENEWED = 1 / 3
_RETRY = 0.2
_DOWN = 5.0
"""Seconds for which a ledger that has failed is not asked again."""


@dataclass(frozen=True, slots=True)
class _Wish:
    host: str
    name: str
    kind: Kind
    answer: Future[Holder | None] = field(default_factory=Future[Holder | None])


class Keeper:
    """The leases of one process. Its thread has a connection to the ledger of its own.

    Implements `engine.leases.Book`.
    """

    def __init__(
        self,
        connect: Callable[[], Store],
        run_id: str,
        place: Place,
        *,
        lasts: float = LASTS,
        required: bool = False,
        clocks: Clocks | None = None,
        patience: float = PATIENCE,
    ) -> None:
        """Nothing is opened before it begins, or the first lease is wanted.

        Args:
            connect: opens the ledger. Raises LedgerError.
            run_id: the run.
            place: who we are, and where.
            lasts: seconds that a lease is good for.
            required: whether the run is not to go on without a ledger.
            clocks: what tells the time.
            patience: seconds for which a database that is locked or gone is tried again.
        """
        self.required = required
        self.token = uuid.uuid4().hex
        self.owner = Holder(place.who, place.node, run_id, time.time())
        self._connect = connect
        self._place = place
        self._lasts = lasts
        self._clocks = clocks or Clocks()
        self._patience = patience
        self._store: Store | None = None
        self._held: dict[str, Lease] = {}
        self._lost: dict[str, str] = {}
        self._over: dict[str, list[str]] = {}
        self._confirmed = (0.0, 0.0)  # steady and wall clock just before the last renewal
        self._down: LedgerError | None = None
        self._failed = 0.0
        self._new: list[_Wish] = []
        self._batches: queue.Queue[list[_Wish] | None] = queue.Queue()
        self._ending = False
        self._thread: threading.Thread | None = None

    def begin(self) -> None:
        """Open the ledger in the meantime, until the first lease is wanted. A failure is told then."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="opsflow leases", daemon=True)
            self._thread.start()

    # what a run asks

    def holds(self, host: str, kind: Kind) -> bool:
        lease = self._held.get(host)
        return (
            lease is not None and kind in (lease.kind, "shared") and host not in self._lost and self._sure()
        )

    def had(self, host: str) -> bool:
        return host in self._held

    def over(self, host: str) -> Sequence[str]:
        return self._over.get(host, ())

    async def take(self, host: str, name: str, kind: Kind) -> Holder | None:
        """Implements `Book.take`. What is asked for in the same turn of the loop goes in one transaction."""
        if host not in self._lost:
            wish = _Wish(host, name, kind)
            if not self._new:
                asyncio.get_running_loop().call_soon(self._send)
            self._new.append(wish)
            if holder := await asyncio.wrap_future(wish.answer):
                return holder
        if host in self._lost:
            to = self._lost[host]
            message = f"lost the lease on {name} to {to}; nothing was done"
            raise HostTaken(message, Holder(to, ""), hint="see what that did there before you run this again")
        return None

    def close(self) -> None:
        """Give all leases back."""
        if self._thread:
            self._ending = True
            self._batches.put(None)
            self._thread.join(CLOSING * 2)

    def _sure(self) -> bool:
        steady, wall = self._confirmed
        passed = self._clocks.steady() - steady
        limit = self._lasts * _SURE
        return 0 <= passed < limit and abs(self._clocks.wall() - wall - passed) < limit / 2

    def _send(self) -> None:
        batch, self._new = self._new, []
        self.begin()
        self._batches.put(batch)

    # the thread

    def _run(self) -> None:
        with suppress(Exception):  # it is tried again, and told of, when a lease is wanted
            self._store = self._connect()
        renewed = time.monotonic()
        while True:
            left = self._lasts * _RENEWED - (time.monotonic() - renewed)
            try:
                batch = self._batches.get(timeout=max(left, 0.0))
            except queue.Empty:
                batch = []
            if batch is None:
                break
            renewed = time.monotonic()
            self._answer(batch)
        self._give_back()

    def _answer(self, batch: list[_Wish]) -> None:
        """Renew what we have, take what is wanted, tell who asked. A failing ledger is asked again later."""
        batch = [wish for wish in batch if wish.answer.set_running_or_notify_cancel()]
        if self._down and time.monotonic() - self._failed < _DOWN:
            self._fail(batch, self._down)
            return
        patience = self._patience if batch and not self._down else 0.0
        try:
            busy = self._patiently(lambda: self._write(batch), patience)
        except LedgerError as error:
            self._fail(batch, error)
        except Exception as error:
            log.debug("the leases' thread failed", exc_info=True)
            self._fail(
                batch, LedgerError(f"the ledger's leases can't be used: {type(error).__name__}: {error}")
            )
        else:
            self._down = None
            for wish in batch:
                wish.answer.set_result(busy.get(wish.host))

    def _fail(self, batch: list[_Wish], error: LedgerError) -> None:
        if error is not self._down:
            self._down, self._failed = error, time.monotonic()
        for wish in batch:
            wish.answer.set_exception(error)

    def _patiently(self, do: Callable[[], T], patience: float) -> T:
        begun = time.monotonic()
        while True:
            try:
                return do()
            except Busy:
                if time.monotonic() - begun >= (min(patience, CLOSING) if self._ending else patience):
                    raise
                time.sleep(_RETRY)

    def _write(self, batch: list[_Wish]) -> dict[str, Holder]:
        if self._store is None:
            self._store = self._connect()
        before = self._clocks.steady(), self._clocks.wall()
        with self._store.transaction() as execute:
            present = leases.moment(self._store, execute, self._clocks)
            there = leases.renew(execute, self.token, present, self._lasts) if self._held else {}
            lost = {host: there.get(host, _FREED) for host in self._held}
            lost = {host: to for host, to in lost.items() if to}
            wishes = sorted(batch, key=lambda wish: wish.kind, reverse=True)  # the strongest of a host counts
            found = {wish.host: self._lease(wish, present) for wish in wishes if wish.host not in lost}
            wanted = list(found.values())
            taken = leases.take(execute, wanted, present) if wanted else leases.Taken({}, {})
        self._lost.update(lost)
        self._over.update(taken.over)
        self._held.update({lease.host: lease for lease in wanted if lease.host not in taken.busy})
        self._confirmed = before
        return dict(taken.busy)

    def _lease(self, wish: _Wish, present: leases.Moment) -> Lease:
        had = self._held.get(wish.host)
        kind = "exclusive" if had and had.kind == "exclusive" else wish.kind
        return Lease(
            host=wish.host,
            token=self.token,
            name=wish.name,
            kind=kind,
            run_id=self.owner.run,
            who=self._place.who,
            node=self._place.node,
            machine=present.machine,
            pid=self._place.pid,
            pid_started=self._place.pid_started,
            since=had.since if had else present.now,
            beat=present.steady,
            lasts=self._lasts,
            until=present.now + self._lasts,
        )

    def _give_back(self) -> None:
        """Release what we have. Where that fails, the leases run out, or are seen to be a dead process's."""
        store = self._store
        if store is None:
            return

        def release() -> None:
            with store.transaction() as execute:
                leases.release(execute, self.token)

        try:
            if self._held:
                self._patiently(release, CLOSING)
            store.close()
        except LedgerError as error:
            log.debug("leases could not be given back: %s", error.message)


_FREED = "somebody who removed it from the ledger"
