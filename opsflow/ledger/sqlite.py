"""A ledger in a file of SQLite: one that several processes may write to at once, on one machine."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from errno import EACCES
from pathlib import Path
from urllib.parse import quote

from .place import LedgerError, file_of, refuse_network
from .store import Busy, Execute, Row, Value

PATIENCE = 5.0
"""Seconds for which we wait for another process's transaction."""

_SEALED = (
    "CREATE TRIGGER audit_is_never_{done} BEFORE {event} ON audit "
    "BEGIN SELECT RAISE(ABORT, 'rows of the audit are never {done}'); END"
)


class SQLite:
    """An open file. What it has committed survives the process and, as the file is synced, the machine."""

    types: Mapping[str, str] = {"integer": "INTEGER", "real": "REAL", "bytes": "BLOB"}

    def __init__(
        self, url: str, *, read_only: bool = False, patience: float = PATIENCE, synced: bool = True
    ) -> None:
        """Open the file of a URL; its directory and itself are made where they are not there, for us alone.

        Raises LedgerError.
        """
        self._synced = synced
        self.url = url
        self.file = file_of(url)
        refuse_network(self.file)
        if not read_only:
            self._make()
        with self._errors():
            self._connection = self._open(patience, read_only)

    def _make(self) -> None:
        """Make the file where there is none; a file that is there is never opened, nor closed, beside SQLite.

        The system drops all locks that a process has on a file when it closes it once: another connection of
        ours would lose its own, and another process would take the log away that it still writes to.
        """
        try:
            self.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with suppress(FileExistsError):
                flags = os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC
                os.close(os.open(self.file, flags, 0o600))
            if not os.access(self.file, os.R_OK | os.W_OK):
                raise PermissionError(EACCES, os.strerror(EACCES))
        except OSError as error:
            raise _unusable(self.file, error.strerror or str(error)) from None

    def _open(self, patience: float, read_only: bool) -> sqlite3.Connection:
        mode = "ro" if read_only else "rw"
        if read_only and not os.access(self.file.parent, os.W_OK) and not _has_log(self.file):
            mode = "ro&immutable=1"  # nobody writes to it, and we could not make the files beside it
        connection = sqlite3.connect(
            f"file:{quote(str(self.file))}?mode={mode}",
            uri=True,
            timeout=patience,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            if not read_only:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute(f"PRAGMA synchronous = {'FULL' if self._synced else 'NORMAL'}")
                connection.execute("PRAGMA journal_size_limit = 16777216")
            connection.execute("PRAGMA case_sensitive_like = ON")
            connection.execute("SELECT 1 FROM sqlite_master").fetchone()
        except BaseException:
            connection.close()
            raise
        return connection

    @contextmanager
    def transaction(self) -> Generator[Execute]:
        with self._errors():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._execute
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def _execute(self, sql: str, parameters: Sequence[Value] = (), /) -> list[Row]:
        return self._connection.execute(sql, parameters).fetchall()

    def rows(self, sql: str, parameters: Sequence[Value] = ()) -> Iterator[Row]:
        with self._errors(), closing(self._connection.cursor()) as cursor:
            yield from cursor.execute(sql, parameters)

    def now(self, execute: Execute, clock: Callable[[], float]) -> float:
        return clock()  # all of them are on this machine

    def check(self) -> list[str]:
        try:
            found = [str(row[0]) for row in self.rows("PRAGMA integrity_check(20)")]
        except LedgerError as error:  # so damaged that not even the check comes to its end
            return [error.message]
        return [] if found == ["ok"] else found

    def size(self) -> int:
        beside = (self.file, self.file.with_name(self.file.name + "-wal"))
        return sum(path.stat().st_size for path in beside if path.exists())

    def seal(self, execute: Execute) -> None:
        for done, event in (("changed", "UPDATE"), ("removed", "DELETE")):
            execute(_SEALED.format(done=done, event=event))

    def shrink(self) -> None:
        with self._errors():
            self._connection.execute("VACUUM")
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        with self._errors():
            self._connection.close()

    @contextmanager
    def _errors(self) -> Generator[None]:
        """Say in our words what SQLite raises."""
        try:
            yield
        except sqlite3.Error as error:
            raise _explained(self.file, error) from error


class _InMemory(SQLite):
    """A ledger of this process alone, which is gone with it."""

    def __init__(self) -> None:
        self.url, self.file = "sqlite://:memory:", Path(":memory:")
        self._connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)


def in_memory() -> SQLite:
    """Return an empty ledger in memory, for what need not outlive the process."""
    from .store import migrate

    store = _InMemory()
    migrate(store)
    return store


def _explained(file: Path, error: sqlite3.Error) -> LedgerError:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        hint = f"fuser {file} tells which; the ledger is written again when it ends"
        return Busy(f"the ledger {file} is locked by another process", hint=hint)
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        hint = "`opsflow doctor` tells more; move the file away and a new one is made, or put back a backup"
        return LedgerError(f"the ledger {file} is damaged: {error}", hint=hint)
    if code == sqlite3.SQLITE_FULL:
        return LedgerError(f"the ledger {file} can't grow: the disk is full", hint="make room there")
    if code == sqlite3.SQLITE_CANTOPEN and not file.exists():
        return LedgerError(f"there is no ledger at {file}", hint="`opsflow play` makes it")
    if "no such table" in str(error):
        hint = "name the right file with --state; move this one away if it was to be the ledger"
        return LedgerError(f"{file} is no ledger", hint=hint)
    return _unusable(file, str(error))


def _unusable(file: Path, why: str) -> LedgerError:
    hint = (
        "name another place with --state sqlite:///path, or switch it off with `ledger: off` in opsflow.yml"
    )
    return LedgerError(f"the ledger {file} can't be used: {why}", hint=hint)


def _has_log(file: Path) -> bool:
    return file.with_name(file.name + "-wal").exists()
