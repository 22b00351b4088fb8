"""From the ledger to a document, with what only the ledger knows: who, decisions, messages, the proof."""

from __future__ import annotations

from itertools import islice

from opsflow.ledger.chain import Head, broken, kept_head
from opsflow.ledger.outbox import letters
from opsflow.ledger.replay import Replay, Wanted
from opsflow.ledger.runs import RunRow
from opsflow.ledger.store import Store

from .document import Document, Notification, Proof
from .gather import Gatherer

_OWN = "SELECT count(*), min(id), max(id) FROM audit WHERE run_id = ?"
PROBLEMS = 20
"""How many things that are wrong with the audit are told; one is enough."""
CHECKED = 50_000
"""Rows of the audit up to which all of it is checked for a report; else the run's part is."""


def document_of(store: Store, run: RunRow, wanted: Wanted | None = None) -> Document:
    """Return the document of a recorded run.

    Args:
        store: the ledger.
        run: which run.
        wanted: which results to tell, by default all.

    Raises:
        LedgerError: the ledger can't be read.
    """
    replay = Replay(store, run, wanted)
    gatherer = Gatherer(clock=lambda: replay.now)
    replay.tell(gatherer)
    document = gatherer.document()
    document.record = run.data()
    document.notifications = _notifications(store, run)
    document.proof = _proof(store, run)
    return document


def _notifications(store: Store, run: RunRow) -> list[Notification]:
    return [
        Notification(one.ended or one.created, one.way.notifier, one.event, one.state, one.error)
        for one in letters(store, run_id=run.run_id)
    ]


def _proof(store: Store, run: RunRow) -> Proof:
    ((count, first, last),) = store.rows(_OWN, (run.run_id,))
    head = kept_head(store.rows("SELECT value FROM meta WHERE name = 'audit'")) or Head()
    whole = head.number <= CHECKED or not count
    found = broken(store) if whole else broken(store, first=first, last=last)
    hashes = store.rows("SELECT hash FROM audit WHERE id = ?", (last or 0,))
    newest = next((str(Head(last, str(row[0]))) for row in hashes), None)
    return Proof(int(count), newest, str(head), whole, list(islice(found, PROBLEMS)))
