"""What people ask of a run that goes on: any process writes a request, that of the run reads and answers it.

    decide   a person's side: ask, wait for the answer
    Inbox    the run's side

A request is a row for as long as it stands; what was done stays in the run's notes and in the audit.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from typing import Literal, NamedTuple

from opsflow.core.errors import OpsFlowError
from opsflow.core.events import Decided
from opsflow.core.redact import Redactor

from .header import Place, secrets_in
from .runs import RunRow, reread
from .store import Execute, Store

PATIENCE = 5.0
"""Seconds that a person waits for the run's answer; it looks several times in each."""
_LOOK = 0.05

What = Literal["pause", "resume", "abort", "skip"]


class NotLive(OpsFlowError):
    """The run does not go on: nothing can be asked of it."""


class NotAnswered(OpsFlowError):
    """The run did not answer in time; the request stands."""


class Refused(OpsFlowError):
    """The run can't do what was asked."""


class Request(NamedTuple):
    """What a person wants of a run, and its number in the ledger."""

    number: int
    decided: Decided


def is_paused(run: RunRow) -> bool:
    """Tell whether a run goes on and is paused."""
    return run.live and run.paused is not None


def unpause(store: Store, run: RunRow, reason: str | None = None) -> str:
    """Let a paused run go on; return a sentence about it. Raises as `decide` does."""
    return decide(store, run, "resume", reason=reason)


def decide(
    store: Store,
    run: RunRow,
    what: What,
    *,
    hosts: Sequence[str] = (),
    reason: str | None = None,
    now: bool = False,
    patience: float = PATIENCE,
) -> str:
    """Ask something of a run in the name of whoever runs this process, and return the run's answer.

    Args:
        store: the ledger, open for writing.
        run: the run.
        what: what it is to do.
        hosts: whom to skip.
        reason: why, for those who read of it; what looks like a secret in it is masked.
        now: whether to end running tasks, too.
        patience: seconds to wait for the answer.

    Raises:
        NotLive: the run has ended, or its process has.
        Refused: the run can't do it.
        NotAnswered: the run has not answered in time; the request stands.
        LedgerError: the ledger can't be used.
    """
    check_live(run)
    place = Place.here()
    where = f"{place.node} from {place.client}" if place.client else place.node
    decided = Decided(what, place.who, where, time.time(), _masked(reason), list(hosts), now)
    with store.transaction() as execute:
        number = _insert(execute, run.number, decided)
    deadline = time.monotonic() + patience
    while (answer := _answer(store, number)) is None:
        check_live(reread(store, run))
        if time.monotonic() > deadline:
            hint = "its process is stopped or can't reach the ledger; it will do it when it can"
            raise NotAnswered(f"the run {run.run_id} has not answered in {patience:g} s", hint=hint)
        time.sleep(_LOOK)
    return answer


def check_live(run: RunRow) -> None:
    """Raise NotLive when a run does not go on."""
    if run.live:
        return
    name = run.run_id
    if run.ended is None:
        hint = f"`opsflow resume {name}` goes on with it, `opsflow show {name}` tells how far it got"
        raise NotLive(f"the run {name} is lost: its process ended before it did", hint=hint)
    hint = f"`opsflow runs --live` lists those that go on, `opsflow show {name}` tells of this one"
    raise NotLive(f"the run {name} has ended: {run.outcome}", hint=hint)


def _masked(reason: str | None) -> str | None:
    if not reason:
        return None
    redactor = Redactor()
    for secret in secrets_in(reason.split()):
        redactor.add(secret)
    for secret in secrets_in([reason]):
        redactor.add(secret)
    return redactor.text(reason)


def _insert(execute: Execute, run: int, decided: Decided) -> int:
    ((number,),) = execute("SELECT coalesce(max(number), 0) + 1 FROM requests")
    sql = "INSERT INTO requests (number, run, asked, data) VALUES (?, ?, ?, ?)"
    execute(sql, (number, run, decided.asked, json.dumps(decided._asdict())))
    return int(number)


def _answer(store: Store, number: int) -> str | None:
    """Return what the run said, None as long as it said nothing. Raises Refused."""
    sql = "SELECT refused, answer FROM requests WHERE number = ? AND taken IS NOT NULL"
    for refused, text in store.rows(sql, (number,)):
        said = json.loads(text)
        if refused:
            raise Refused(said["message"], hint=said["hint"])
        return str(said["message"])
    return None


class Inbox:
    """The requests to one run."""

    def __init__(self, run: int) -> None:
        """`run` is its number in the ledger."""
        self._run = run
        self._read: set[int] = set()

    def new(self, store: Store) -> list[Request]:
        """Return the requests that came since the last time, in their order. Raises LedgerError."""
        sql = "SELECT number, data FROM requests WHERE run = ? AND taken IS NULL ORDER BY number"
        rows = [row for row in store.rows(sql, (self._run,)) if row[0] not in self._read]
        self._read.update(number for number, _ in rows)
        return [Request(int(number), Decided(**json.loads(data))) for number, data in rows]


ANSWER = "UPDATE requests SET taken = ?, refused = ?, answer = ?, data = NULL WHERE number = ?"
"""What the run writes: when it did something about a request, whether it refused it, what it says."""
