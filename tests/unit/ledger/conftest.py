"""A ledger in a file of its own, and runs that are recorded in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from opsflow.core.events import Event
from opsflow.core.redact import Redactor
from opsflow.ledger.header import Header
from opsflow.ledger.place import LedgerError
from opsflow.ledger.record import Recorder
from opsflow.ledger.store import Store, open_store

Record = Callable[[Sequence[Event]], LedgerError | None]


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite://{tmp_path / 'state' / 'ledger.db'}"


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
