"""From the ledger's rows to the events of a run: whatever shows a run shows its record."""

from __future__ import annotations

import heapq
import json
import time
from collections.abc import Callable, Iterator, Sequence
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
    HostStarted,
    ItemFinished,
    PlayFinished,
    PlayStarted,
    RunFinished,
    RunStarted,
    Subscriber,
    TaskFinished,
    TaskInfo,
    TaskStarted,
    Warned,
)
from opsflow.core.failures import loop_items
from opsflow.core.origin import Origin
from opsflow.core.results import Status, TaskResult

from .packing import BEFORE_AFTER, loaded
from .runs import RunRow, reread
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
    """Tells a run again, as far as it is recorded. `run` is its row, `now` the time of the latest event."""

    def __init__(self, store: Store, run: RunRow, wanted: Wanted | None = None) -> None:
        self.run = run
        self.now = run.started
        self._store = store
        self._wanted = wanted or Wanted()
        self._collector = Collector(clock=lambda: self.now)
        self._tasks = _Tasks(self._rows, self._wanted)
        self._told: int | None = None
        self._telling = False

    def tell(self, *subscribers: Subscriber) -> None:
        """Give each subscriber all events; the last one has the summary of what was told."""
        self.advance(*subscribers)
        self.end(*subscribers)

    def advance(self, *subscribers: Subscriber) -> None:
        """Give each subscriber the events that were recorded since the last time."""
        newest = self._newest()
        self._telling = True
        if self._told is None:
            run = self.run
            self._give(RunStarted(run.run_id, run.playbooks, run.started, run.check_mode), subscribers)
        after, self._told = self._told or 0, newest
        for _, moment, event in self._events(after, newest) if newest > after else ():
            self.now = moment
            self._give(event, subscribers)
        self._telling = False

    def end(self, *subscribers: Subscriber) -> None:
        """Give each subscriber the end of the run, with the summary of what was told."""
        run, self._telling = self.run, True
        for info in self._tasks.under_way() if self._wanted.all else ():
            self._give(TaskFinished(info), subscribers)
        self.now = run.ended or run.started + run.duration
        lost = None if run.ended or run.live else "the process ended before the run did"
        summary = self._collector.summary(
            stopped=run.stopped or lost,
            interrupted=bool(run.interrupted),
            not_reached=self._wanted.names(run.not_reached),
        )
        broken_off = {task: self._wanted.names(hosts) for task, hosts in run.unfinished.items()}
        summary.unfinished = {task: hosts for task, hosts in broken_off.items() if hosts}
        self._give(RunFinished(summary, run.details), subscribers)

    def running(self) -> Iterator[HostStarted]:
        """Yield which tasks have no result yet on which hosts, each pair once."""
        return self._tasks.running()

    def clock(self) -> float:
        """Return the time of what is being told, else the time that it is, in seconds since the epoch."""
        return self.now if self._telling else time.time()

    def refresh(self) -> RunRow:
        """Read the run's row again and return it. Raises UnknownRun when it is gone."""
        self.run = reread(self._store, self.run)
        return self.run

    def _give(self, event: Event, subscribers: Sequence[Subscriber]) -> None:
        for subscriber in (self._collector, *subscribers):
            subscriber(event)

    def _newest(self) -> int:
        """Return up to which place all of the run is there: rows are written in their order."""
        ((found,),) = self._store.rows(_NEWEST, (self.run.number,) * len(_PARTS))
        return int(found or 0)

    def _events(self, after: int, until: int) -> Iterator[Told]:
        span = _Span(after, until)
        parts = (self._plays(span), self._waves(span), self._tasks.events(span), self._notes(span))
        return heapq.merge(*parts, key=lambda told: told[0])

    def _rows(self, columns: str, table: str, span: _Span) -> Iterator[Row]:
        """Yield the rows of a table that were written, or ended, within a span."""
        later = "OR (seq <= ? AND end_seq > ?)" if "end_seq" in columns else ""
        sql = f"SELECT {columns} FROM {table} WHERE run = ? AND (seq > ? AND seq <= ? {later}) ORDER BY seq"  # noqa: S608
        more = (span.after, span.after) if later else ()
        return self._store.rows(sql, (self.run.number, span.after, span.until, *more))

    def _plays(self, span: _Span) -> list[Told]:
        found: list[Told] = []
        columns = "seq, name, hosts, batches, started, ended, end_seq, stopped"
        for seq, name, hosts, batches, started, ended, end, stopped in self._rows(columns, "plays", span):
            begun = PlayStarted(name, self._wanted.names(json.loads(hosts)), batches)
            found += span.told((seq, started, begun), (end, ended, PlayFinished(name, stopped)))
        return sorted(found, key=lambda told: told[0])

    def _waves(self, span: _Span) -> list[Told]:
        found: list[Told] = []
        columns = "seq, number, total, hosts, started, ended, end_seq, failed"
        for seq, number, total, text, started, ended, end, failed in self._rows(columns, "waves", span):
            names, hosts = self._wanted.names, json.loads(text)
            self._tasks.waves[seq] = hosts
            over = BatchFinished(number, total, names(json.loads(failed or "[]")))
            found += span.told((seq, started, BatchStarted(number, total, names(hosts))), (end, ended, over))
        return sorted(found, key=lambda told: told[0])

    def _notes(self, span: _Span) -> Iterator[Told]:
        for seq, moment, kind, text in self._rows("seq, time, kind, data", "notes", span):
            data = json.loads(text)
            if kind == "errors_cleared":
                yield seq, moment, ErrorsCleared(self._wanted.names(data["hosts"]))
            elif kind == "decided":
                yield seq, moment, Decided(**data)
            else:
                yield seq, moment, Warned(data["message"], _origin_of(data["origin"]), data["hint"])


_PLACES = {
    "results": ["seq"],
    "notes": ["seq"],
    "tasks": ["seq", "end_seq"],
    "plays": ["seq", "end_seq"],
    "waves": ["seq", "end_seq"],
}
_PART = "SELECT max({}) AS place FROM {} WHERE run = ?"
_PARTS = [_PART.format(seq, table) for table, places in _PLACES.items() for seq in places]
_NEWEST = f"SELECT max(place) FROM ({' UNION ALL '.join(_PARTS)}) AS places"  # noqa: S608


@dataclass(frozen=True, slots=True)
class _Span:
    """Places of a run: those behind `after` up to `until`."""

    after: int
    until: int

    def told(self, *pairs: tuple[int | None, float, Event]) -> Iterator[Told]:
        """Yield what lies within; an end that isn't there yet does not."""
        for place, moment, event in pairs:
            if place is not None and self.after < place <= self.until:
                yield place, moment, event


class _Tasks:
    """The tasks of a run and their results."""

    def __init__(self, rows: Callable[[str, str, _Span], Iterator[Row]], wanted: Wanted) -> None:
        """`rows` reads columns of a table within a span."""
        self.waves: dict[int, list[str]] = {}
        self._rows = rows
        self._wanted = wanted
        self._infos: dict[int, TaskInfo] = {}
        self._open: dict[int, dict[str, bool]] = {}  # hosts without a result, and whether that was told

    def events(self, span: _Span) -> Iterator[Told]:
        """Yield what is told of the tasks, in order; of those without a wanted result nothing."""
        told = heapq.merge(self._frames(span), self._results(span), key=lambda told: told[0])
        return told if self._wanted.all else _with_results(told)

    def running(self) -> Iterator[HostStarted]:
        for task, hosts in self._open.items():
            for host in [host for host, told in hosts.items() if not told]:
                hosts[host] = True
                yield HostStarted(self._info(task), host)

    def under_way(self) -> list[TaskInfo]:
        """Return the tasks that have not ended."""
        return [self._info(task) for task in self._open]

    def _info(self, task: int) -> TaskInfo:
        return self._infos.get(task) or TaskInfo(task, "?", "?", None)

    def _frames(self, span: _Span) -> list[Told]:
        """Return the beginnings and the ends of tasks."""
        found: list[Told] = []
        columns = (
            "seq, wave, task_key, name, module, origin, trail, section, handler, hosts, started, ended, "
            "end_seq"
        )
        for row in self._rows(columns, "tasks", span):
            seq, wave, key, name, module, origin, trail, section, handler, text, started, ended, end = row
            hosts = json.loads(text) if text else self.waves.get(wave, [])
            if seq > span.after:
                places = tuple(Origin(*place) for place in json.loads(trail or "[]"))
                self._infos[seq] = TaskInfo(
                    key, name, module, _origin(origin), bool(handler), section, places
                )
                self._open[seq] = dict.fromkeys(hosts, False)
            info = self._info(seq)
            begun = TaskStarted(info, self._wanted.names(hosts))
            found += span.told((seq, started, begun), (end, ended, TaskFinished(info)))
            if end is not None and end <= span.until:
                self._open.pop(seq, None)
        return sorted(found, key=lambda told: told[0])

    def _results(self, span: _Span) -> Iterator[Told]:
        columns = (
            "seq, task, host, delegated_to, status, rescued, retries, censored, ended, duration, items, "
            "data, packed, file"
        )
        for row in self._rows(columns, "results", span):
            seq, task, host, status = row[0], row[1], row[2], row[4]
            self._open.get(task, {}).pop(host, None)
            if self._wanted.result(host, status):
                for event in _result(self._info(task), row):
                    yield seq, row[8], event


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
