"""From a run's events to its document, result by result: hosts with the same result are kept as one."""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable
from typing import Any, cast

from opsflow.core.changes import has_changed, things
from opsflow.core.events import (
    BatchFinished,
    BatchStarted,
    Decided,
    Event,
    HostFinished,
    ItemFinished,
    PlayFinished,
    PlayStarted,
    RunFinished,
    TaskInfo,
    TaskStarted,
    Warned,
)
from opsflow.core.failures import failure_log, failure_message
from opsflow.core.results import RunSummary, Status, TaskResult

from .diffs import Diff, diffs_of
from .document import Document, Group, Play, Task, Told, Wave

TEXT = 4000
"""Characters of a message that are kept."""
SIDE = 32 * 1024
"""Characters of a file, before and after, that are kept."""
ITEMS = 100
"""Items of a loop that are named."""

_QUIET = (Status.OK, Status.SKIPPED)


class Gatherer:
    """A subscriber that makes a run's document. Each result costs little, and those alike nothing to keep."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        """`clock` gives seconds since the epoch."""
        self._clock = clock
        self._plays: list[Play] = []
        self._tasks: dict[int, Task] = {}
        self._items: dict[tuple[int, str], list[tuple[str, str]]] = {}
        self._warnings: list[Warned] = []
        self._decisions: list[Decided] = []
        self._end: RunFinished | None = None

    def __call__(self, event: Event) -> None:
        """Take an event into account."""
        match event:
            case HostFinished():
                self._host_finished(event)
            case ItemFinished():
                self._item_finished(event)
            case TaskStarted():
                self._task(event.task)
            case PlayStarted():
                self._plays.append(Play(event.name, event.hosts))
            case BatchStarted() if self._plays:
                self._plays[-1].waves.append(Wave(event.number, event.total, event.hosts))
            case BatchFinished() if self._plays and self._plays[-1].waves:
                self._plays[-1].waves[-1].failed = event.failed
            case PlayFinished() if self._plays:
                self._plays[-1].stopped = event.stopped
            case Warned():
                self._warnings.append(event)
            case Decided():
                self._decisions.append(event)
            case RunFinished():
                self._end = event
            case _:
                return

    def document(self, summary: RunSummary | None = None) -> Document:
        """Return the document as of now.

        Args:
            summary: what happened, where the run has not come to its end.
        """
        end = self._end or RunFinished(summary or RunSummary("", [], 0.0))
        return Document(end.summary, end.details, self._plays, self._warnings, self._decisions)

    def _task(self, info: TaskInfo) -> Task:
        task = self._tasks.get(info.key)
        if task is None:
            if not self._plays:
                self._plays.append(Play("", []))
            now = self._clock()
            task = self._tasks[info.key] = Task(info, now, now)
            self._plays[-1].tasks.append(task)
        return task

    def _item_finished(self, event: ItemFinished) -> None:
        if event.result.status not in _QUIET and not event.result.censored:
            items = self._items.setdefault((event.task.key, event.host), [])
            if len(items) < ITEMS:
                items.append((event.label, event.result.status.value))

    def _host_finished(self, event: HostFinished) -> None:
        task = self._task(event.task)
        task.ended = self._clock()
        items = tuple(self._items.pop((event.task.key, event.host), ()))
        told = _told(event, items)
        group = task.groups.get(told)
        if group is None:
            group = task.groups[told] = Group(told)
        group.hosts[event.host] = event.result.duration
        if told.status != Status.OK and (diffs := _diffs(event.result)):
            group.diffs.setdefault(diffs, []).append(event.host)


def _told(event: HostFinished, items: tuple[tuple[str, str], ...]) -> Told:
    result, data = event.result, event.result.public()
    if result.status is Status.OK:
        return Told(result.status.value, delegated_to=event.delegated_to)
    if result.status is Status.SKIPPED:
        reason = data.get("skip_reason") or data.get("skipped_reason") or ""
        return Told(result.status.value, str(reason)[:TEXT], delegated_to=event.delegated_to)
    failed = result.failed or result.status is Status.IGNORED
    hint = data.get("hint")
    return Told(
        status="rescued" if result.failed and event.rescued else result.status.value,
        message=(failure_message(result) if failed else result.message)[:TEXT],
        log=failure_log(result) if failed else "",
        hint=hint[:TEXT] if failed and isinstance(hint, str) else "",
        command=_command(data.get("cmd")),
        things=_things(event),
        items=items,
        delegated_to=event.delegated_to,
    )


def _things(event: HostFinished) -> tuple[Any, ...]:
    if not has_changed(event.task.module, event.result):
        return ()
    return tuple(thing for thing in things(event.result) if thing.name)


def _command(words: object) -> str:
    if isinstance(words, list):
        return shlex.join(str(word) for word in cast(list[object], words))[:TEXT]
    return words[:TEXT] if isinstance(words, str) else ""


def _diffs(result: TaskResult) -> tuple[Diff, ...]:
    return tuple(
        diff._replace(before=diff.before[:SIDE], after=diff.after[:SIDE], prepared=diff.prepared[:SIDE])
        for diff in diffs_of(result)
    )
