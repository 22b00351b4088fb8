"""A ledger in a file of its own, and runs that are recorded in it."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from opsflow.core.events import Event
from opsflow.core.redact import Redactor
from opsflow.ledger.header import Header
from opsflow.ledger.place import LedgerError
from opsflow.ledger.record import Recorder
from opsflow.ledger.store import Store, open_store
from tests.support.databases import Server, postgresql

Record = Callable[[Sequence[Event]], LedgerError | None]


BOTH = pytest.mark.parametrize("url", ["sqlite", "postgresql"], indirect=True)
"""Marks tests of what must be the same in both databases."""


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A PostgreSQL server of our own."""
    with postgresql() as server:
        yield server


@pytest.fixture
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a ledger that is not there yet: in a file, or in an empty database."""
    if getattr(request, "param", "sqlite") == "sqlite":
        return f"sqlite://{tmp_path / 'state' / 'ledger.db'}"
    server: Server = request.getfixturevalue("server")
    psycopg = pytest.importorskip("psycopg")
    name = f"ledger_{uuid.uuid4().hex}"
    with psycopg.connect(url_of(server, "postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return url_of(server, name)


def url_of(server: Server, database: str) -> str:
    return f"postgresql://postgres@/{database}?host={server.socket}&port={server.port}"


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    store = open_store(url)
    yield store
    store.close()


def header(tmp_path: Path, *arguments: str) -> Header:
    """Return the head of a run that was typed so."""
    words = arguments or ("opsflow", "play", "site.yml")
    return Header(words, tmp_path, [], ["hosts.yml"], Redactor().text)


@pytest.fixture
def record(url: str, tmp_path: Path) -> Record:
    """Record events, and return what went wrong."""

    def run(events: Sequence[Event]) -> LedgerError | None:
        recorder = Recorder(open_store(url), header(tmp_path), outputs=tmp_path / "output", patience=0.2)
        for event in events:
            recorder(event)
        return recorder.close()

    return run


END = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


def cut(url: str) -> None:
    """End all other connections, as a restart of the server does."""
    psycopg = pytest.importorskip("psycopg")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(END)
