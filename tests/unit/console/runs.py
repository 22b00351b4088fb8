"""Event sequences, and the text that a console makes of them."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from opsflow.cli.console import console_for
from opsflow.cli.console.plain import Plain
from opsflow.cli.console.shown import Options
from opsflow.cli.console.transcript import Transcript
from opsflow.core.collect import Collector
from opsflow.core.events import (
    Event,
    HostFinished,
    ItemFinished,
    RunFinished,
    TaskFinished,
    TaskInfo,
    TaskStarted,
)
from opsflow.core.origin import Origin
from opsflow.core.results import Status, TaskResult

HOSTS = [f"web{number:02}" for number in range(1, 41)]


def task(name: str = "Install", module: str = "apt", key: int = 1, **more: Any) -> TaskInfo:
    return TaskInfo(key, name, module, Origin("site.yml", 12, 7), **more)


def ended(info: TaskInfo, host: str, status: Status, duration: float = 0.1, **data: Any) -> HostFinished:
    return HostFinished(info, host, TaskResult(status, data, duration))


def item(info: TaskInfo, host: str, label: str, status: Status, **data: Any) -> ItemFinished:
    return ItemFinished(info, host, label, TaskResult(status, data))


def whole(info: TaskInfo, *ends: Event) -> list[Event]:
    """A task from start to end."""
    hosts = list(dict.fromkeys(end.host for end in ends if isinstance(end, HostFinished | ItemFinished)))
    return [TaskStarted(info, hosts), *ends, TaskFinished(info)]


def finished(events: Sequence[Event], **how: Any) -> list[Event]:
    """The events, and the end of their run with the summary of them."""
    details = how.pop("details", {})
    collector = Collector(clock=lambda: 0.0)
    for event in events:
        collector(event)
    return [*events, RunFinished(collector.summary(**how), details)]


def said(events: Sequence[Event], *, color: bool = False, verbosity: int = 0, diff: bool = False) -> str:
    """What the plain console writes about the events."""
    stream = io.StringIO()
    console = Plain(Transcript(Options(verbosity, diff)), stream, color=color)
    for event in events:
        console(event)
    console.close()
    return stream.getvalue()


def streamed(output: str, events: Sequence[Event]) -> str:
    """What a program reads."""
    stream = io.StringIO()
    console = console_for(output, stream=stream)
    for event in events:
        console(event)
    console.close()
    return stream.getvalue()
