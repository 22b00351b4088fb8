"""Which runs a ledger knows, and which of them a person means."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Sequence
from typing import Any, NamedTuple

from opsflow.core.errors import EXIT_USAGE, did_you_mean
from opsflow.core.events import Decided
from opsflow.core.jsonable import iso_time

from .header import started
from .place import LedgerError
from .store import Row, Store, Value

SILENT = 30.0
"""Seconds after which a run on another machine that shows no sign of life is taken for dead."""
LAST = "last"
_NEAR = 1000
"""Among how many of the newest runs a misspelt one is looked for."""


class UnknownRun(LedgerError):
    """No run, or more than one, is what a person has typed."""

    exit_code = EXIT_USAGE


class RunRow(NamedTuple):
    """A run as the ledger knows it; see `schema` for the columns."""

    number: int
    run_id: str
    who: str
    node: str
    client: str | None
    directory: str
    command: str
    playbooks: list[str]
    git_commit: str | None
    git_dirty: bool | None
    inventory: list[str]
    playbooks_digest: str | None
    inventory_digest: str | None
    resumes: str | None
    files: dict[str, str]
    versions: dict[str, str]
    check_mode: bool
    pid: int
    pid_started: int
    started: float
    seen: float
    ended: float | None
    end_seq: int | None
    outcome: str | None
    exit_code: int | None
    hosts: int | None
    changed: int | None
    failed: int | None
    unreachable: int | None
    stopped: str | None
    interrupted: bool | None
    not_reached: list[str]
    details: dict[str, Any]
    paused: Decided | None
    unfinished: dict[str, list[str]]

    @property
    def live(self) -> bool:
        """Tell whether the run goes on: its process is there, or was a moment ago on another machine."""
        if self.ended is not None:
            return False
        if self.node == socket.gethostname():
            return started(self.pid) == self.pid_started
        return time.time() - self.seen < SILENT

    @property
    def state(self) -> str:
        """One word: the outcome, `running`, `paused`, or `lost` when it never came to an end."""
        going = "paused" if self.paused else "running"
        return self.outcome or (going if self.live else "lost")

    @property
    def duration(self) -> float:
        """Seconds that it took, or has taken until now; of a lost one until its last sign of life."""
        end = self.ended or (time.time() if self.live else self.seen)
        return max(0.0, end - self.started)

    def data(self) -> dict[str, Any]:
        """Return the run as JSON knows it."""
        left_out = {"number", "end_seq", "pid", "pid_started", "seen", "details", "files"}
        found = {name: value for name, value in self._asdict().items() if name not in left_out}
        times = {name: iso_time(found[name]) if found[name] else None for name in ("started", "ended")}
        if self.paused:
            found["paused"] = {**self.paused._asdict(), "asked": iso_time(self.paused.asked)}
        return {**found, **times, "state": self.state, "duration": round(self.duration, 3)}


_SELECT = f"SELECT {', '.join(RunRow._fields)} FROM runs"  # noqa: S608
_JSON = {"playbooks": "[]", "inventory": "[]", "versions": "{}", "files": "{}", "not_reached": "[]",
         "details": "{}", "unfinished": "{}", "paused": "null"}  # fmt: skip
_BOOLEAN = ("check_mode", "git_dirty", "interrupted")


def _read(row: Row) -> RunRow:
    values = dict(zip(RunRow._fields, row, strict=True))
    for name, empty in _JSON.items():
        values[name] = json.loads(values[name] or empty)
    for name in _BOOLEAN:
        values[name] = None if values[name] is None else bool(values[name])
    values["paused"] = Decided(**values["paused"]) if values["paused"] else None
    return RunRow(**values)


def list_runs(
    store: Store, *, limit: int, host: str | None = None, failed: bool = False, live: bool = False
) -> list[RunRow]:
    """Return the newest runs, the newest first.

    Args:
        store: the ledger.
        limit: how many at most.
        host: only those that did something on this host.
        failed: only those that did not end well.
        live: only those that go on.
    """
    conditions: list[str] = ["1 = 1"]
    parameters: list[Value] = []
    if host:
        conditions.append("number IN (SELECT run FROM results WHERE host = ?)")
        parameters.append(host)
    if live or failed:
        ended = "outcome NOT IN ('ok', 'changed')" if failed else "1 = 0"
        conditions.append(f"(ended IS NULL OR {ended})")
    sql = f"{_SELECT} WHERE {' AND '.join(conditions)} ORDER BY number DESC"
    found: list[RunRow] = []
    for row in store.rows(sql, parameters):
        run = _read(row)
        wanted = run.live if live else not (failed and run.live)
        if wanted and len(found) < limit:
            found.append(run)
        elif len(found) >= limit:
            break
    return found


def live_runs(store: Store) -> list[RunRow]:
    """Return the runs that go on, the newest first."""
    return list_runs(store, limit=_NEAR, live=True)


def find_live(store: Store, wanted: str | None) -> RunRow:
    """Return the run that a person means; without a word the only one that goes on. Raises UnknownRun."""
    if wanted is not None:
        return find_run(store, wanted)
    if found := _only(live_runs(store), "go on"):
        return found
    raise UnknownRun("no run goes on", hint="`opsflow runs` lists those that have ended")


def find_paused(store: Store, wanted: str | None) -> RunRow | None:
    """Return the paused run that a person means, without a word the only one; None when it isn't paused.

    Raises UnknownRun when more than one may be meant.
    """
    if wanted is None:
        return _only([run for run in live_runs(store) if run.paused], "are paused")
    run = find_run(store, wanted)
    return run if run.live and run.paused else None


def _only(found: list[RunRow], what: str) -> RunRow | None:
    if len(found) > 1:
        shown = "; ".join(f"{run.run_id} ({run.who} at {run.node}: {run.command})" for run in found)
        raise UnknownRun(f"{len(found)} runs {what}", hint=f"name one of them: {shown}")
    return found[0] if found else None


def reread(store: Store, run: RunRow) -> RunRow:
    """Return a run as it is now. Raises UnknownRun when it is no longer kept."""
    for row in store.rows(f"{_SELECT} WHERE number = ?", (run.number,)):
        return _read(row)
    raise UnknownRun(f"the run {run.run_id} is no longer kept", hint="`opsflow audit` has what it changed")


def find_run(store: Store, wanted: str) -> RunRow:
    """Return the run that a person means: by its id, the beginning of it or of its last part, or `last`.

    Raises UnknownRun when there is none, or more than one.
    """
    ids = [str(row[0]) for row in store.rows("SELECT run_id FROM runs ORDER BY number DESC")]
    if not ids:
        raise UnknownRun(
            "the ledger holds no run yet", hint="`opsflow play` and `opsflow exec` record theirs"
        )
    found = ids[:1] if wanted == LAST else _matching(ids, wanted)
    if not found:
        hint = did_you_mean(wanted, [LAST, *ids[:_NEAR]]) or "`opsflow runs` lists them; `last` is the newest"
        raise UnknownRun(f"there is no run '{wanted}' in the ledger", hint=hint)
    if len(found) > 1:
        shown = ", ".join(found[:5]) + (", …" if len(found) > 5 else "")
        raise UnknownRun(f"'{wanted}' may be {len(found)} runs", hint=f"give more of it: {shown}")
    return _read(next(iter(store.rows(f"{_SELECT} WHERE run_id = ?", (found[0],)))))


def _matching(ids: Sequence[str], wanted: str) -> list[str]:
    if not wanted or wanted in ids:
        return [wanted] if wanted else []
    return [one for one in ids if one.startswith(wanted) or one.rpartition("-")[2].startswith(wanted)]
