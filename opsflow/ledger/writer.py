"""A thread that writes: a run puts what is to be done and goes on at once."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress

from .chain import Entry, append
from .place import LedgerError
from .store import Busy, Execute, Row, Store, Value

log = logging.getLogger(__name__)

BATCH = 50
"""How many jobs are enough for a transaction."""
MOST = 500
"""How many share one at most, where more came while the one before was written."""
DELAY = 0.05
"""Seconds that a job waits at most for others to share its transaction."""
LOOK = 0.25
"""Seconds between two looks at what others have written for the run."""
IDLE = 10.0
"""Seconds after which the thread shows again that it is still there."""
PATIENCE = 30.0
"""Seconds for which a database that another process holds is tried again."""
CLOSING = 10.0
"""The same at the end of a run: a person waits for it."""
WAITING = 20_000
"""How many jobs may wait in memory meanwhile."""


class Transaction:
    """What a job works with."""

    def __init__(self, execute: Execute) -> None:
        self._execute = execute
        self.entries: list[Entry] = []
        self.written: list[Callable[[], object]] = []
        """Called when the transaction has ended well."""

    def execute(self, sql: str, parameters: Sequence[Value] = ()) -> list[Row]:
        """Run a statement and return its rows."""
        return self._execute(sql, tuple(map(_storable, parameters)))

    def audit(self, entry: Entry) -> None:
        """Add a row to the audit."""
        self.entries.append(Entry(*map(_storable, entry)))  # type: ignore[arg-type]


def _storable(value: Value) -> Value:
    """Return a value as databases take it: text that is nothing but text, without halves of characters."""
    if not isinstance(value, str):
        return value
    plain = str.__str__(value)  # of a playbook it knows where it was written
    if plain.isascii() and "\0" not in plain:
        return plain
    return plain.replace("\0", "\ufffd").encode(errors="replace").decode()


Job = Callable[[Transaction], None]
"""Something to be written. It may be called again when a transaction failed, and raises OSError only."""


class Writer:
    """Writes jobs in the order in which they came; after an error it writes nothing more."""

    def __init__(
        self,
        store: Store,
        *,
        begin: Callable[[], None] | None = None,
        look: Callable[[Store], None] | None = None,
        idle: Job | None = None,
        patience: float = PATIENCE,
    ) -> None:
        """Start the thread. From now on the store is its own.

        Args:
            store: the ledger; it is closed at the end.
            begin: done by the thread before all jobs.
            look: done several times a second, outside of transactions.
            idle: a job that is done now and then, also when there is no other.
            patience: seconds for which a locked database is tried again.
        """
        self.error: LedgerError | None = None
        self._store = store
        self._begin = begin
        self._look = look
        self._idle = idle
        self._looked = self._shown = time.monotonic()
        self._patience = patience
        self._jobs: deque[Job] = deque()
        self._some, self._many = threading.Event(), threading.Event()
        self._ending = False
        self._thread = threading.Thread(target=self._run, name="opsflow ledger", daemon=True)
        self._thread.start()

    def put(self, job: Job) -> None:
        """Have a job done soon; nothing comes of it when the ledger has failed."""
        if self.error:
            return
        self._jobs.append(job)
        if not self._some.is_set():
            self._some.set()
        if len(self._jobs) >= BATCH and not self._many.is_set():
            self._many.set()

    def settle(self) -> bool:
        """Wait until all jobs that were put are written; return whether they are."""
        done = threading.Event()
        self.put(lambda transaction: transaction.written.append(done.set))
        while not self.error and self._thread.is_alive():
            self._some.set()
            self._many.set()
            if done.wait(DELAY):
                return True
        return False

    def close(self) -> LedgerError | None:
        """Write what waits, close the store, and return what went wrong."""
        self._ending = True
        self._many.set()
        self._some.set()
        self._thread.join(CLOSING + 10)
        if self._thread.is_alive() and not self.error:
            self.error = LedgerError("the ledger could not be written in time")
        return self.error

    def _run(self) -> None:
        try:
            if self._begin:
                self._begin()
            while not (self._ending and not self._jobs):
                self._wait()
                self._look_around()
                self._write_all()
        except LedgerError as error:
            self.error = error
        except OSError as error:
            self.error = LedgerError(f"the ledger can't be written: {error.strerror or error}")
        except Exception as error:
            log.debug("the ledger's writer failed", exc_info=True)
            self.error = LedgerError(f"the ledger can't be written: {type(error).__name__}: {error}")
        self._jobs.clear()
        try:
            self._store.close()
        except LedgerError as error:
            self.error = self.error or error

    def _wait(self) -> None:
        if self._some.wait(LOOK):
            self._many.wait(DELAY)
        self._some.clear()
        self._many.clear()
        if self._ending:  # set between the two lines above, it must not be waited for
            self._some.set()

    def _look_around(self) -> None:
        now = time.monotonic()
        if self._look and now - self._looked >= LOOK:
            self._looked = now
            with suppress(Busy):  # the next look is soon
                self._look(self._store)
        if self._idle and now - self._shown >= IDLE:
            self._shown = now
            self._jobs.append(self._idle)

    def _write_all(self) -> None:
        while self._jobs:
            batch = [self._jobs[number] for number in range(min(MOST, len(self._jobs)))]
            self._patiently(batch)
            for _ in batch:
                self._jobs.popleft()

    def _patiently(self, batch: list[Job]) -> None:
        """Write a batch; try again as long as another process is in the way. Raises LedgerError."""
        begun = time.monotonic()
        while True:
            try:
                self._write(batch)
            except Busy:
                patience = min(self._patience, CLOSING) if self._ending else self._patience
                if time.monotonic() - begun >= patience or len(self._jobs) > WAITING:
                    raise
                time.sleep(DELAY)
            else:
                return

    def _write(self, batch: list[Job]) -> None:
        with self._store.transaction() as execute:
            transaction = Transaction(execute)
            for job in batch:
                job(transaction)
            if transaction.entries:
                append(execute, transaction.entries)
        for call in transaction.written:
            call()
