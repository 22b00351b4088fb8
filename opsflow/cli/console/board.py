"""What is going on right now: the part of a live screen that changes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from opsflow.core.events import (
    BatchStarted,
    Decided,
    Event,
    HostFinished,
    HostOutput,
    HostProgress,
    HostRetry,
    HostStarted,
    PlayStarted,
    RunStarted,
    TaskFinished,
    TaskInfo,
    TaskStarted,
)
from opsflow.report.lines import Line, Span, line

ROWS = 8
"""How many hosts are shown at most."""
_BAR = 20
_HOST = 24
_MESSAGE = 300


@dataclass(slots=True)
class _Task:
    info: TaskInfo
    total: int
    begun: float
    done: int = 0
    troubled: dict[str, int] = field(default_factory=dict[str, int])


@dataclass(slots=True)
class _Busy:
    task: int
    since: float
    message: str = ""
    percent: float | None = None


class Board:
    """Follows events, each in constant time, and tells as lines what is under way."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` gives seconds."""
        self._clock = clock
        self._begun = clock()
        self._title: Line = ()
        self._tasks: dict[int, _Task] = {}
        self._busy: dict[str, _Busy] = {}
        self._paused: tuple[str, float] | None = None

    def __call__(self, event: Event) -> None:
        """Take an event into account."""
        match event:
            case HostStarted():
                self._busy[event.host] = _Busy(event.task.key, self._clock())
            case HostProgress():
                self._note(event.task, event.host, event.message, event.percent)
            case HostOutput():
                self._note(event.task, event.host, event.line)
            case HostRetry():
                message = f"try {event.attempt} of {event.attempts} failed"
                self._note(event.task, event.host, message)
            case HostFinished():
                self._finished(event)
            case TaskStarted():
                for host in event.hosts:  # whatever it was at, it is over
                    self._busy.pop(host, None)
                self._tasks[event.task.key] = _Task(event.task, len(event.hosts), self._clock())
            case TaskFinished():
                self._tasks.pop(event.task.key, None)
            case Decided():
                self._decided(event)
            case RunStarted():
                self._begun = self._clock()
            case PlayStarted():
                self._title = line((event.name, "bold"))
            case BatchStarted() if event.total > 1:
                wave = f"  wave {event.number} of {event.total}"
                self._title = (*self._title[:1], (wave, ""))
            case _:
                return

    def _note(self, task: TaskInfo, host: str, message: str, percent: float | None = None) -> None:
        busy = self._busy.get(host)
        if busy is None:
            busy = self._busy[host] = _Busy(task.key, self._clock())
        busy.message = message[:_MESSAGE]
        busy.percent = busy.percent if percent is None else percent

    def _finished(self, event: HostFinished) -> None:
        self._busy.pop(event.host, None)
        if task := self._tasks.get(event.task.key):
            task.done += 1
            if event.result.failed:
                word = "rescued" if event.rescued else event.result.status.value
                task.troubled[word] = task.troubled.get(word, 0) + 1

    def _decided(self, event: Decided) -> None:
        if event.what == "pause":
            self._paused = self._paused or (event.by, self._clock())
        elif event.what != "skip":
            self._paused = None

    def lines(self, rows: int = ROWS) -> list[Line]:
        """Return what is under way: the play, its tasks, and at most `rows` hosts, the slowest first."""
        now = self._clock()
        lines: list[Line] = [(*self._title, (f"  {_elapsed(now - self._begun)}", "dim"))]
        if self._paused:
            by, since = self._paused
            lines.append(line(("PAUSED", "warning"), f"  by {by}  ", (_elapsed(now - since), "dim")))
        shown = list(islice(self._tasks.values(), 3))
        lines += [_task_line(task, now) for task in shown]
        if len(self._tasks) > len(shown):
            lines.append(line((f"… {len(self._tasks) - len(shown)} more tasks", "dim")))
        lines += [self._host_line(host, busy, now) for host, busy in islice(self._talkative(), rows)]
        if len(self._busy) > rows:
            lines.append(line((f"  … {len(self._busy) - rows} more hosts", "dim")))
        return lines

    def _talkative(self) -> Iterator[tuple[str, _Busy]]:
        """Hosts that say how far they are, then the silent ones, each in the order of their start."""
        yield from ((host, busy) for host, busy in self._busy.items() if busy.message)
        yield from ((host, busy) for host, busy in self._busy.items() if not busy.message)

    def _host_line(self, host: str, busy: _Busy, now: float) -> Line:
        name = host if len(host) <= _HOST else f"{host[: _HOST - 1]}…"
        bar = (*_bar(busy.percent / 100), (f" {busy.percent:3.0f} %", "")) if busy.percent is not None else ()
        since = (f"  {_elapsed(now - busy.since):>5}  ", "dim")
        task = self._tasks.get(busy.task)
        message = busy.message or (task.info.name if task and len(self._tasks) > 1 else "")
        return (f"  {name:<{_HOST}}  ", ""), *bar, since, (message, "")


def _task_line(task: _Task, now: float) -> Line:
    trouble = [(f"  {count} {word}", word) for word, count in task.troubled.items()]
    share = task.done / task.total if task.total else 1.0
    done = f"  {task.done} of {task.total} hosts"
    elapsed = (f"  {_elapsed(now - task.begun)}", "dim")
    return *_bar(share), (f"  {task.info.name}", "bold"), (done, ""), *trouble, elapsed


def _bar(share: float) -> tuple[Span, Span]:
    full = round(_BAR * min(max(share, 0.0), 1.0))
    return ("━" * full, "ok"), ("─" * (_BAR - full), "dim")


def _elapsed(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
