"""From the ledger to a document, with what only the ledger knows: who, decisions, messages, the proof."""

from __future__ import annotations

from opsflow.ledger.audit import Question, entries
from opsflow.ledger.chain import Head, broken, kept_head
from opsflow.ledger.outbox import letters
from opsflow.ledger.replay import Replay, Wanted
from opsflow.ledger.runs import RunRow
from opsflow.ledger.store import Store

from .document import Decision, Document, Notification, Proof
from .gather import Gatherer

CHECKED = 50_000
"""Rows of the audit up to which all of it is checked for a report; else the run's part is."""
_OF_THE_RUN = ("started", "changed", "failed", "finished")


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
    document.decisions = _decisions(store, run)
    document.notifications = _notifications(store, run)
    document.proof = _proof(store, run)
    return document


def _notifications(store: Store, run: RunRow) -> list[Notification]:
    return [
        Notification(one.ended or one.created, one.way.notifier, one.event, one.state, one.error)
        for one in letters(store, run_id=run.run_id)
    ]


def _decisions(store: Store, run: RunRow) -> list[Decision]:
    """Return what the audit says of the run besides its own results: that was a person's doing."""
    marks = ", ".join("?" * len(_OF_THE_RUN))
    sql = (
        "SELECT time, who, CASE kind WHEN 'decided' THEN what ELSE kind END, host, new FROM audit "  # noqa: S608
        f"WHERE run_id = ? AND kind NOT IN ({marks}) ORDER BY id"
    )
    rows = store.rows(sql, (run.run_id, *_OF_THE_RUN))
    return [Decision(moment, who, kind, host, reason) for moment, who, kind, host, reason in rows]


def _proof(store: Store, run: RunRow) -> Proof:
    kept = list(entries(store, Question(run_id=run.run_id)))
    head = kept_head(store.rows("SELECT value FROM meta WHERE name = 'audit'")) or Head()
    last = Head(kept[-1].number, kept[-1].hash) if kept else None
    whole = head.number <= CHECKED
    first = 1 if whole or not kept else kept[0].number
    problems = list(broken(store, first=first, last=None if whole or not last else last.number))
    return Proof(len(kept), str(last) if last else None, str(head), whole, problems)
