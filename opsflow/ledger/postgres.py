"""A ledger in PostgreSQL: one for several machines. It needs psycopg, the extra `postgres`."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from functools import lru_cache
from itertools import count
from typing import LiteralString, cast

from .place import LedgerError, shown
from .store import Busy, Execute, Row, Value

try:
    import psycopg
    from psycopg import errors
except ImportError as error:
    raise LedgerError(
        "a ledger in PostgreSQL needs psycopg", hint="pip install 'opsflow[postgres]'"
    ) from error

CONNECT_S = 10
"""Seconds to wait for the server."""
LOCK_S = 5
"""Seconds to wait for another process's transaction."""
PATIENCE = 30.0
"""Seconds for which a server that went away is looked for, to ask what became of a transaction."""

_LOCK = 0x6F70_7366_6C6F_7700
"""The number of the lock that whoever writes holds: rows are numbered and chained one after the other."""

_SEAL = (
    "CREATE FUNCTION audit_is_sealed() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION 'rows of the audit are never changed or removed'; END $$",
    "CREATE TRIGGER audit_is_sealed BEFORE UPDATE OR DELETE OR TRUNCATE ON audit "
    "FOR EACH STATEMENT EXECUTE FUNCTION audit_is_sealed()",
)
_TABLES = (
    "meta",
    "runs",
    "plays",
    "waves",
    "tasks",
    "results",
    "recalled",
    "notes",
    "requests",
    "audit",
    "notifications",
    "leases",
)


class PostgreSQL:
    """A connection to a server. When it is lost, the next transaction makes a new one."""

    types: Mapping[str, str] = {"integer": "BIGINT", "real": "DOUBLE PRECISION", "bytes": "BYTEA"}

    def __init__(self, url: str, *, read_only: bool = False) -> None:
        """Connect to the database of a URL, as libpq understands it. Raises LedgerError."""
        self.url = url
        self._read_only = read_only
        self._cursors = count()
        self._connection = self._connect()

    def _connect(self) -> psycopg.Connection[Row]:
        access = "on" if self._read_only else "off"
        options = f"-c lock_timeout={LOCK_S}s -c default_transaction_read_only={access}"
        try:
            return psycopg.connect(
                self.url,
                autocommit=True,
                connect_timeout=CONNECT_S,
                application_name="opsflow",
                options=options,
            )
        except psycopg.Error as error:
            raise self._explained(error) from error

    @contextmanager
    def transaction(self) -> Generator[Execute]:
        if self._connection.closed:
            with self._lost("a connection could not be made"):
                self._connection = self._connect()
        with self._errors():
            try:
                self._execute("BEGIN")
                self._execute("SELECT pg_advisory_xact_lock(?)", (_LOCK,))
                ((number,),) = self._execute("SELECT pg_current_xact_id()::text")
                yield self._execute
            except BaseException:
                with suppress(psycopg.Error):
                    self._execute("ROLLBACK")
                raise
            self._commit(str(number))

    def _commit(self, number: str) -> None:
        """End a transaction; when the connection is lost meanwhile, find out whether it counts."""
        try:
            self._execute("COMMIT")
        except psycopg.OperationalError:
            self._connection.close()
            if not self._was_committed(number):
                raise

    def _was_committed(self, number: str) -> bool:
        until = time.monotonic() + PATIENCE
        while True:
            try:
                self._connection = self._connect()
                ((state,),) = self._execute("SELECT pg_xact_status(?::xid8)", (number,))
            except (LedgerError, psycopg.Error):
                if time.monotonic() > until:
                    raise
            else:
                if state != "in progress":
                    return state == "committed"
            time.sleep(0.2)

    def _execute(self, sql: str, parameters: Sequence[Value] = (), /) -> list[Row]:
        cursor = self._connection.execute(_translated(sql), parameters)
        return cursor.fetchall() if cursor.description else []

    def rows(self, sql: str, parameters: Sequence[Value] = ()) -> Iterator[Row]:
        name = f"rows{next(self._cursors)}"  # each query its own: several may be read in turn
        with self._errors(), closing(self._connection.cursor(name, withhold=True)) as cursor:
            cursor.execute(_translated(sql), parameters)
            yield from cursor

    def now(self, execute: Execute, clock: Callable[[], float]) -> float:
        ((now,),) = execute("SELECT extract(epoch FROM clock_timestamp())::float8")
        return float(now)

    def check(self) -> list[str]:
        sql = "SELECT coalesce(checksum_failures, 0) FROM pg_stat_database WHERE datname = current_database()"
        ((failures,),) = self.rows(sql)
        return [f"the server has found {failures} damaged pages in this database"] if failures else []

    def size(self) -> int:
        marks = ", ".join("?" * len(_TABLES))
        sql = f"SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE relname IN ({marks})"  # noqa: S608
        ((found,),) = self.rows(sql, _TABLES)
        return int(found or 0)

    def seal(self, execute: Execute) -> None:
        for statement in _SEAL:
            execute(statement)

    def shrink(self) -> None:
        with self._errors():
            for table in _TABLES:
                self._execute(f"VACUUM {table}")

    def close(self) -> None:
        self._connection.close()

    @contextmanager
    def _errors(self) -> Generator[None]:
        """Say in our words what the server or psycopg raises; a lost connection may be made again."""
        try:
            yield
        except psycopg.Error as error:
            raise self._explained(error) from error

    @contextmanager
    def _lost(self, why: str) -> Generator[None]:
        try:
            yield
        except LedgerError as error:
            raise Busy(f"{why}: {error.message}", hint=error.hint) from error

    def _explained(self, error: psycopg.Error) -> LedgerError:
        url, why = shown(self.url), (str(error).strip().splitlines() or ["unknown"])[0]
        if isinstance(error, errors.LockNotAvailable):
            return Busy(f"the ledger {url} is locked by another process", hint="pg_locks tells which")
        if isinstance(error, errors.UndefinedTable):
            return LedgerError(f"there is no ledger at {url}", hint="`opsflow play` makes it")
        if isinstance(error, errors.InsufficientPrivilege):
            hint = "the user must own its tables, or be allowed to make them"
            return LedgerError(f"the ledger {url} can't be used: {why}", hint=hint)
        if isinstance(error, psycopg.OperationalError):
            hint = "see whether the server runs and lets us in; passwords belong into ~/.pgpass or PGPASSWORD"
            return Busy(f"the ledger {url} can't be reached: {why}", hint=hint)
        return LedgerError(f"the ledger {url} can't be used: {why}")


@lru_cache(maxsize=256)
def _translated(sql: str) -> LiteralString:
    """Return a statement with psycopg's marks for parameters; all of ours are made of constants."""
    return cast(LiteralString, sql.replace("?", "%s"))
