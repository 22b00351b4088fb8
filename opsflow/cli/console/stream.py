"""A run for programs: a line of JSON for each event, or one document at the end.

Both are described in docs/output.md. What `no_log` hides is hidden here as well.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Any, TextIO

from opsflow.cli.out import dumps, write
from opsflow.core.events import (
    Decided,
    Event,
    HostFinished,
    ItemFinished,
    PlayFinished,
    PlayStarted,
    RunFinished,
    RunStarted,
    TaskInfo,
    TaskStarted,
    Warned,
)
from opsflow.core.jsonable import iso_time, jsonable

FORMAT = 1
"""Grows when a key changes its meaning or goes; new keys may come at any time."""


class NdjsonStream:
    """Writes each event as a line of JSON as it happens."""

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.time) -> None:
        """`clock` gives seconds since the epoch."""
        self._stream = stream
        self._clock = clock

    def __call__(self, event: Event) -> None:
        write(
            self._stream,
            dumps({"event": event_name(type(event)), "time": iso_time(self._clock()), **event_data(event)}),
        )

    def suspended(self) -> AbstractContextManager[None]:
        """Do nothing: a question isn't asked on this stream."""
        return nullcontext()

    def close(self) -> None:
        """Do nothing: every line is out already."""


class JsonDocument:
    """Writes one document about a whole run when it is closed: warnings may follow the run's end."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._document = _Document()

    def note(self, name: str, value: object) -> None:
        """Add what else is known of the run, under a key of its own."""
        self._document.more[name] = jsonable(value)

    def __call__(self, event: Event) -> None:
        self._document.add(event)

    def suspended(self) -> AbstractContextManager[None]:
        """Do nothing: a question isn't asked on this stream."""
        return nullcontext()

    def close(self) -> None:
        """Write the document."""
        write(self._stream, dumps(self._document.data(), indent=2))


@dataclass(slots=True)
class _Document:
    """A run that grows event by event."""

    run: dict[str, Any] = field(default_factory=dict[str, Any])
    plays: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    warnings: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    decisions: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    summary: Any = None
    more: dict[str, Any] = field(default_factory=dict[str, Any])
    tasks: dict[int, dict[str, Any]] = field(default_factory=dict[int, dict[str, Any]])
    items: dict[tuple[int, str], list[dict[str, Any]]] = field(
        default_factory=dict[tuple[int, str], list[dict[str, Any]]]
    )

    def add(self, event: Event) -> None:
        match event:
            case RunStarted():
                self.run = event_data(event)
            case PlayStarted():
                self.plays.append({"name": event.name, "hosts": event.hosts, "stopped": None, "tasks": []})
            case PlayFinished() if self.plays:
                self.plays[-1]["stopped"] = event.stopped
            case TaskStarted():
                self._task(event.task)
            case ItemFinished():
                item = {"label": _label(event), **jsonable(event.result)}
                self.items.setdefault((event.task.key, event.host), []).append(item)
            case HostFinished():
                self._task(event.task)["hosts"][event.host] = self._result(event)
            case Warned():
                self.warnings.append(event_data(event))
            case Decided():
                self.decisions.append(event_data(event))
            case RunFinished():
                self.summary = jsonable(event.summary)
            case _:
                return

    def _task(self, task: TaskInfo) -> dict[str, Any]:
        if task.key not in self.tasks:
            self.tasks[task.key] = {**_task_data(task), "hosts": {}}
            if not self.plays:
                self.plays.append({"name": "", "hosts": [], "stopped": None, "tasks": []})
            self.plays[-1]["tasks"].append(self.tasks[task.key])
        return self.tasks[task.key]

    def _result(self, event: HostFinished) -> dict[str, Any]:
        data = event_data(event)
        items = self.items.pop((event.task.key, event.host), None)
        return {**data["result"], "rescued": event.rescued, "delegated_to": event.delegated_to,
                "retries": event.retries, **({"items": items} if items else {})}  # fmt: skip

    def data(self) -> dict[str, Any]:
        return {"format": FORMAT, "run": self.run, "plays": self.plays, "warnings": self.warnings,
                "decisions": self.decisions, "summary": self.summary, **self.more}  # fmt: skip


def event_data(event: Event) -> dict[str, Any]:
    """Return an event's fields as JSON knows them."""
    data: dict[str, Any] = {}
    for name, value in event._asdict().items():
        if isinstance(value, TaskInfo):
            data[name] = _task_data(value)
        elif name in ("started", "asked"):
            data[name] = iso_time(value)
        else:
            data[name] = jsonable(value)
    return {**data, "label": _label(event)} if isinstance(event, ItemFinished) else data


def _label(event: ItemFinished) -> str:
    return "(hidden)" if event.result.censored else event.label


@lru_cache(maxsize=1024)
def _task_data(task: TaskInfo) -> dict[str, Any]:
    return jsonable(task)


@cache
def event_name(event: type[Event]) -> str:
    """Return an event's name in the stream: host_finished."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", event.__name__).lower()
