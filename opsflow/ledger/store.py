"""What a database must do to hold a ledger, and the one that a URL means."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from .place import LedgerError, default_url, scheme_of, shown
from .schema import META, MIGRATIONS, VERSION

Value = str | int | float | bytes | None
Row = tuple[Any, ...]


class Busy(LedgerError):
    """Another process holds the database: what was to be done may be tried again."""


class Execute(Protocol):
    """Runs a statement, `?` for each parameter, and returns its rows."""

    def __call__(self, sql: str, parameters: Sequence[Value] = (), /) -> list[Row]: ...


class Store(Protocol):
    """An open database. One thread uses it at a time; its errors are LedgerErrors."""

    url: str
    types: Mapping[str, str]
    """What `{integer}`, `{real}` and `{bytes}` of the schema are called."""

    def transaction(self) -> AbstractContextManager[Execute]:
        """Return a transaction, the only one that writes as long as it lasts; undone if the block fails.

        Raises Busy when another process does not let us begin.
        """
        ...

    def rows(self, sql: str, parameters: Sequence[Value] = ()) -> Iterator[Row]:
        """Yield the rows of a query one by one."""
        ...

    def now(self, execute: Execute, clock: Callable[[], float]) -> float:
        """Return the time by a clock that all share who use the database; `clock` is this machine's."""
        ...

    def check(self) -> list[str]:
        """Return what is wrong with the database itself, nothing if it is whole."""
        ...

    def size(self) -> int:
        """Return how many bytes it takes on disk."""
        ...

    def seal(self, execute: Execute) -> None:
        """Let the database itself refuse changes of the audit."""
        ...

    def shrink(self) -> None:
        """Give back the room of rows that were removed."""
        ...

    def close(self) -> None:
        """Close it; it can't be used again."""
        ...


def open_store(url: str | None = None, *, read_only: bool = False, synced: bool = True) -> Store:
    """Open a ledger, bring its tables up to date and return it.

    Args:
        url: where it is, by default in the user's state directory.
        read_only: neither make nor change anything; a ledger of an older version can't be read then.
        synced: whether what is written must survive this machine, and not only this process.

    Raises:
        LedgerError: it can't be used; the hint says what to do.
    """
    url = url or default_url()
    if scheme_of(url) == "sqlite":
        from .sqlite import SQLite

        store: Store = SQLite(url, read_only=read_only, synced=synced)
    else:
        from .postgres import PostgreSQL

        store = PostgreSQL(url, read_only=read_only)
    try:
        migrate(store, read_only=read_only)
    except BaseException:
        store.close()
        raise
    return store


def migrate(store: Store, *, read_only: bool = False) -> None:
    """Bring a database's tables to today's version. Raises LedgerError when they are newer than we are."""
    if read_only or _is_current(store):
        version = _version(list(store.rows(_WHICH)))
    else:
        with store.transaction() as execute:
            execute(META)
            version = _version(execute(_WHICH))
            for statements in MIGRATIONS[version:]:
                for statement in statements:
                    execute(statement.format(**store.types))
            if version == 0:
                store.seal(execute)
                execute("INSERT INTO meta (name, value) VALUES ('version', ?)", (str(VERSION),))
            elif version < VERSION:
                execute("UPDATE meta SET value = ? WHERE name = 'version'", (str(VERSION),))
    if version > VERSION:
        hint = "use that version of OpsFlow, or another ledger with --state"
        raise LedgerError(f"{shown(store.url)} was written by a newer OpsFlow", hint=hint)
    if read_only and version < VERSION:
        raise LedgerError(
            f"{shown(store.url)} is of an older OpsFlow", hint="any run with it brings it up to date"
        )


_WHICH = "SELECT value FROM meta WHERE name = 'version'"


def _is_current(store: Store) -> bool:
    """Tell whether the tables are today's: then nobody else who writes has to be waited for."""
    try:
        return _version(list(store.rows(_WHICH))) == VERSION
    except LedgerError:  # no table yet; if it is something worse, the next step says so
        return False


def _version(rows: list[Row]) -> int:
    return int(rows[0][0]) if rows else 0
