"""From events to the lines of a run's record: what stays on the screen, and all of it in a log."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from opsflow.core.events import (
    BatchFinished,
    BatchStarted,
    Decided,
    Event,
    HostFinished,
    HostRetry,
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
from opsflow.report.fold import Fold, Group, duration_text, hosts_text
from opsflow.report.lines import Line, indented, line, lines_of
from opsflow.report.recap import recap_lines

from .shown import Options, Shown, show

PATIENCE = 5.0
"""Seconds that a result waits at most for hosts with the same one."""
RANGES = 12

_ORDER = ["ok", "skipped", "changed", "ignored", "rescued", "failed", "unreachable"]
_BODY = " " * 15


@dataclass(slots=True)
class _Open:
    """A task that is under way, and its results that were not shown yet."""

    task: TaskInfo
    fold: Fold[Shown] = field(default_factory=Fold[Shown])
    items: dict[str, list[ItemFinished]] = field(default_factory=dict[str, list[ItemFinished]])
    oldest: float = 0.0


class Transcript:
    """Turns events into lines; results of a task are held back a little to be folded."""

    def __init__(self, options: Options, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` gives seconds."""
        self._options = options
        self._clock = clock
        self._open: dict[int, _Open] = {}
        self._headed: int | None = None

    def __call__(self, event: Event) -> list[Line]:
        """Return the lines that an event adds to the record."""
        match event:
            case HostFinished():
                self._hold(event)
                return self.due()
            case ItemFinished():
                self._task(event.task).items.setdefault(event.host, []).append(event)
                return []
            case TaskStarted():
                return self._started(event)
            case TaskFinished():
                task = self._open.pop(event.task.key, None)
                return self._results(task) if task else []
            case HostRetry() if self._options.verbosity:
                tries = f"  {'retry':<11}  {event.host}  {event.attempt} of {event.attempts} failed"
                return [*self._header(event.task), line((tries, "dim"))]
            case RunFinished():
                return [*self.flush(), *recap_lines(event.summary, event.details)]
            case _:
                return self._frame(event)

    def due(self) -> list[Line]:
        """Return the lines of results that have waited long enough."""
        latest = self._clock() - PATIENCE
        return [
            shown
            for task in self._open.values()
            if task.fold and task.oldest <= latest
            for shown in self._results(task)
        ]

    def flush(self) -> list[Line]:
        """Return the lines of all results that still wait."""
        return [shown for task in self._open.values() if task.fold for shown in self._results(task)]

    def _frame(self, event: Event) -> list[Line]:
        """Plays, waves and warnings: what stands around tasks."""
        match event:
            case RunStarted():
                self._options = self._options._replace(answers=not event.playbooks)
                check = line(("CHECK MODE", "bold"), "  nothing is changed on any host")
                goes_on = line(
                    ("GOES ON WITH  ", "bold"), f"{event.resumes}: what it has done is not done again"
                )
                return [*([check] if event.check else []), *([goes_on] if event.resumes else [])]
            case PlayStarted() if not self._options.answers:
                self._headed = None
                return [(), line(("PLAY  ", "bold"), (event.name, "bold"), f"  {_hosts(event.hosts)}")]
            case BatchStarted(total=total) if total > 1:
                self._headed = None
                wave = f"WAVE {event.number} of {total}"
                return [(), line((wave, "bold"), f"  {_hosts(event.hosts)}")]
            case BatchFinished(total=total, failed=failed) if failed and total > 1:
                wave = f"WAVE {event.number} of {total} ended with failures"
                return [*self.flush(), line((wave, "failed"), f"  {_hosts(failed)}")]
            case PlayFinished(stopped=str(reason)):
                return [*self.flush(), (), line(("STOPPED  ", "failed"), reason)]
            case Decided():
                return [*self.flush(), (), decision_line(event)]
            case Warned():
                place = [line((f"  at {event.origin}", "place"))] if event.origin else []
                hint = [line(f"  → {event.hint}")] if event.hint else []
                return [*lines_of(f"warning: {event.message}", "warning"), *place, *hint]
            case _:
                return []

    def _task(self, task: TaskInfo) -> _Open:
        return self._open.setdefault(task.key, _Open(task))

    def _started(self, event: TaskStarted) -> list[Line]:
        """Head the task at once when it is the only one: in a log one sees what is being waited for."""
        alone = not self._open
        self._task(event.task)
        return self._header(event.task) if alone else []

    def _header(self, task: TaskInfo) -> list[Line]:
        if self._headed == task.key or self._options.answers:
            return []
        self._headed = task.key
        kind = "HANDLER" if task.handler else "TASK"
        place = (f"  {task.origin}", "place") if task.origin and self._options.verbosity > 1 else ("", "")
        return [(), line((f"{kind}  ", "bold"), (task.name, "bold"), place)]

    def _hold(self, event: HostFinished) -> None:
        task = self._task(event.task)
        if not task.fold:
            task.oldest = self._clock()
        shown = show(event, task.items.pop(event.host, []), self._options)
        task.fold.add(shown, event.host, duration=event.result.duration, retries=event.retries)

    def _results(self, task: _Open) -> list[Line]:
        groups, task.fold = task.fold.groups, Fold()
        lines = self._header(task.task) if groups else []
        for shown, group in sorted(groups.items(), key=lambda pair: _ORDER.index(pair[0].word)):
            lines += result_lines(shown, group)
        return lines


def decision_line(event: Decided) -> Line:
    """Return what a person decided, who, and why."""
    word, style = _DECISIONS[event.what]
    hosts = f"{hosts_text(event.hosts, limit=RANGES)}  " if event.hosts else ""
    now = ", at once" if event.now else ""
    return line((f"{word}{now}  ", style), hosts, f"by {event.why}")


_DECISIONS = {
    "pause": ("PAUSED", "warning"),
    "resume": ("GOES ON", "bold"),
    "abort": ("ABORTED", "failed"),
    "skip": ("SKIPPED", "warning"),
}


def result_lines(shown: Shown, group: Group) -> list[Line]:
    """Return the lines of hosts with the same result: who, how long, what; then its details."""
    whole = shown.word in ("failed", "unreachable")
    hosts = hosts_text(group.hosts, limit=None if whole else RANGES)
    notes = [f"→ {shown.delegated_to}" if shown.delegated_to else "", _duration(group), _tries(group)]
    told = "".join(f"  {note}" for note in [*notes, shown.note] if note)
    word = shown.word.upper() if whole else shown.word
    first = line((f"  {word:<11}  ", shown.word), (hosts, "bold" if whole else ""), (told, "dim"))
    return [first, *indented(shown.body, _BODY)]


def _duration(group: Group) -> str:
    """Return the time that it took where that is worth a word: from the quickest host to the slowest."""
    if group.longest <= 1:
        return ""
    if group.longest - group.shortest < max(1.0, group.longest / 4):
        return duration_text(group.longest)
    return f"{duration_text(group.shortest)} to {duration_text(group.longest)}"


def _tries(group: Group) -> str:
    return f"{group.retries} {'retry' if group.retries == 1 else 'retries'}" if group.retries else ""


def _hosts(hosts: list[str]) -> str:
    return hosts_text(hosts, limit=RANGES) if hosts else "no hosts"
