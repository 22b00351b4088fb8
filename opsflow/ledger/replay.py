"""From the ledger's rows to the events of a run: whatever shows a run shows its record."""

from __future__ import annotations

import heapq
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from opsflow.core.collect import Collector
from opsflow.core.events import (
    BatchFinished,
    BatchStarted,
    Decided,
    ErrorsCleared,
    Event,
    HostFinished,
    ItemFinished,
    PlayFinished,
    PlayStarted,
    RunFinished,
    RunStarted,
    TaskFinished,
    TaskInfo,
    TaskStarted,
    Warned,
)
from opsflow.core.failures import loop_items
from opsflow.core.origin import Origin
from opsflow.core.results import Status, TaskResult

from .packing import BEFORE_AFTER, loaded
from .runs import RunRow
from .store import Row, Store

Told = tuple[int, float, Event]
"""An event with its place in the run and its time, in seconds since the epoch."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which results are told: of hosts that match a pattern, or only failures."""

    host: str | None = None
    failed: bool = False

    @property
    def all(self) -> bool:
        """Tell whether nothing is left out."""
        return self.host is None and not self.failed

    def names(self, hosts: list[str]) -> list[str]:
        """Return those of some hosts that are wanted."""
        return hosts if self.host is None else [name for name in hosts if fnmatchcase(name, self.host)]

    def result(self, host: str, status: str) -> bool:
        """Tell whether a result is wanted."""
        return bool(self.names([host])) and (not self.failed or status in _FAILURES)


_FAILURES = (Status.FAILED, Status.IGNORED, Status.UNREACHABLE)


class Replay:
    """Tells a run again, result by result. `now` is the time of the event that was told last."""

    def __init__(self, store: Store, run: RunRow, wanted: Wanted | None = None) -> None:
        self._store = store
        self._run = run
        self._wanted = wanted or Wanted()
        self.now = run.started

    def tell(self, *subscribers: Callable[[Event], None]) -> None:
        """Give each subscriber all events; the last one has the summary of what was told."""
        collector = Collector(clock=lambda: self.now)
        everyone = [collector, *subscribers]
        for event in self._events():
            for subscriber in everyone:
                subscriber(event)
        run = self._run
        self.now = run.ended or run.started + run.duration
        lost = None if run.ended or run.live else "the process ended before the run did"
        summary = collector.summary(
            stopped=run.stopped or lost,
            interrupted=bool(run.interrupted),
            not_reached=self._wanted.names(run.not_reached),
        )
        for subscriber in subscribers:
            subscriber(RunFinished(summary, run.details))

    def _events(self) -> Iterator[Event]:
        run = self._run
        yield RunStarted(run.run_id, run.playbooks, run.started, run.check_mode)
        tasks = _Tasks(self._store, run.number, self._wanted)
        rows = heapq.merge(
            self._plays(), self._waves(), tasks.events(), self._notes(), key=lambda told: told[0]
        )
        for _, moment, event in rows:
            self.now = moment
            yield event

    def _rows(self, columns: str, table: str) -> Iterator[Row]:
        sql = f"SELECT {columns} FROM {table} WHERE run = ? ORDER BY seq"  # noqa: S608
        return self._store.rows(sql, (self._run.number,))

    def _plays(self) -> list[Told]:
        found: list[Told] = []
        columns = "seq, name, hosts, batches, started, ended, end_seq, stopped"
        for seq, name, hosts, batches, started, ended, end, stopped in self._rows(columns, "plays"):
            found.append((seq, started, PlayStarted(name, self._wanted.names(json.loads(hosts)), batches)))
            if end is not None:
                found.append((end, ended, PlayFinished(name, stopped)))
        return found

    def _waves(self) -> list[Told]:
        found: list[Told] = []
        columns = "seq, number, total, hosts, started, ended, end_seq, failed"
        for seq, number, total, hosts, started, ended, end, failed in self._rows(columns, "waves"):
            names = self._wanted.names
            found.append((seq, started, BatchStarted(number, total, names(json.loads(hosts)))))
            if end is not None:
                found.append((end, ended, BatchFinished(number, total, names(json.loads(failed)))))
        return found

    def _notes(self) -> Iterator[Told]:
        for seq, moment, kind, text in self._rows("seq, time, kind, data", "notes"):
            data = json.loads(text)
            if kind == "errors_cleared":
                yield seq, moment, ErrorsCleared(self._wanted.names(data["hosts"]))
            elif kind == "decided":
                yield seq, moment, Decided(**data)
            else:
                yield seq, moment, Warned(data["message"], _origin_of(data["origin"]), data["hint"])


class _Tasks:
    """The tasks of a run and their results, each task closed behind its last result."""

    def __init__(self, store: Store, run: int, wanted: Wanted) -> None:
        self._store = store
        self._run = run
        self._wanted = wanted
        self._waves = dict(self._query("SELECT seq, hosts FROM waves WHERE run = ?"))
        self._last = dict(self._query("SELECT task, max(seq) FROM results WHERE run = ? GROUP BY task"))
        self._infos: dict[int, TaskInfo] = {}

    def _info(self, task: int) -> TaskInfo:
        return self._infos.get(task) or TaskInfo(task, "?", "?", None)

    def _query(self, sql: str) -> Iterator[Row]:
        return self._store.rows(sql, (self._run,))

    def events(self) -> Iterator[Told]:
        """Yield what is told of the tasks, in order; of those without a wanted result nothing."""
        starts = list(self._starts())
        told = heapq.merge(starts, self._results(), key=lambda told: told[0])
        return told if self._wanted.all else _with_results(told)

    def _starts(self) -> Iterator[Told]:
        columns = "seq, wave, task_key, name, module, origin, trail, section, handler, hosts, started"
        for row in self._query(f"SELECT {columns} FROM tasks WHERE run = ? ORDER BY seq"):  # noqa: S608
            seq, wave, key, name, module, origin, trail, section, handler, hosts, started = row
            places = tuple(Origin(*place) for place in json.loads(trail or "[]"))
            info = TaskInfo(key, name, module, _origin(origin), bool(handler), section, places)
            self._infos[seq] = info
            names = json.loads(hosts or self._waves.get(wave) or "[]")
            yield seq, started, TaskStarted(info, self._wanted.names(names))

    def _results(self) -> Iterator[Told]:
        columns = "seq, task, host, delegated_to, status, rescued, retries, censored, ended, duration, items"
        sql = f"SELECT {columns}, data, packed, file FROM results WHERE run = ? ORDER BY seq"  # noqa: S608
        for row in self._query(sql):
            seq, task, host, status = row[0], row[1], row[2], row[4]
            if self._wanted.result(host, status):
                for event in _result(self._info(task), row):
                    yield seq, row[8], event
            if self._last[task] == seq:
                yield seq, row[8], TaskFinished(self._info(task))


def _with_results(events: Iterator[Told]) -> Iterator[Told]:
    """Yield events of tasks; the start of one only before its first result, its end only behind one."""
    waiting: dict[int, Told] = {}
    for told in events:
        event = told[2]
        assert isinstance(event, TaskStarted | TaskFinished | ItemFinished | HostFinished)
        if isinstance(event, TaskStarted):
            waiting[event.task.key] = told
            continue
        if not isinstance(event, TaskFinished) and event.task.key in waiting:
            yield told[0], told[1], waiting.pop(event.task.key)[2]
        if event.task.key not in waiting:
            yield told


def _result(task: TaskInfo, row: Row) -> Iterator[Event]:
    """Yield the events that one row was made of: the items of a loop, and the end of the task on the host."""
    _, _, host, delegate, status, rescued, retries, censored, _, duration, items, *kept = row
    data = loaded(*kept)
    before_after = tuple(data.pop(BEFORE_AFTER, ()))
    result = TaskResult(Status(status), data, duration, bool(censored), before_after=before_after)
    values = loop_items(result.data)
    for number, (label, how) in enumerate(json.loads(items or "[]")):
        data = dict(values[number]) if number < len(values) else {}
        yield ItemFinished(task, host, label, TaskResult(Status(how), data, censored=result.censored))
    yield HostFinished(task, host, result, bool(rescued), delegate, retries)


def _origin(text: str | None) -> Origin | None:
    return Origin(*json.loads(text)) if text else None


def _origin_of(value: dict[str, Any] | None) -> Origin | None:
    return Origin(value["file"], value["line"], value["column"]) if value else None
