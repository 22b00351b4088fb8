"""A run that never was: what `opsflow notify test` sends."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator

from opsflow.core.collect import Collector
from opsflow.core.errors import OpsFlowError, did_you_mean
from opsflow.core.events import (
    BatchFinished,
    BatchStarted,
    Event,
    HostFinished,
    PlayFinished,
    PlayStarted,
    RunFinished,
    RunStarted,
    TaskFinished,
    TaskInfo,
    TaskStarted,
)
from opsflow.core.results import Status, TaskResult

from .happenings import EVENTS, Happening, Watcher

HOSTS = ["sample1", "sample2"]
_NAME = "a test of opsflow notify"
_FAILURE = {"failed": True, "msg": "this is only a test", "rc": 1}
_UPGRADED = {"changed": True, "packages": [{"name": "openssl", "old": "3.0.11", "new": "3.0.14"}]}
_TOLD_BY = {"rolled_back": {"rolled_back": True}, "needs_person": {"needs_person": True}}


def sample_events(event: str) -> list[Event]:
    """Return the events of a small run in which the wanted one happens: see EVENTS."""
    return list(_events(event))


def _events(event: str) -> Iterator[Event]:
    task = TaskInfo(1, "Upgrade", "system_update", None)
    collector = Collector()
    events: list[Event] = [
        RunStarted(f"test-{uuid.uuid4().hex[:6]}", [_NAME], time.time(), check=False),
        PlayStarted("A sample", HOSTS, 1),
        BatchStarted(1, 1, HOSTS),
        TaskStarted(task, HOSTS),
        HostFinished(task, HOSTS[0], TaskResult(Status.CHANGED, dict(_UPGRADED), 4.2)),
    ]
    if event in ("failed", *_TOLD_BY):
        data = {**_FAILURE, **_TOLD_BY.get(event, {})}
        events.append(HostFinished(task, HOSTS[1], TaskResult(Status.FAILED, data, 2.1)))
    else:
        events.append(HostFinished(task, HOSTS[1], TaskResult(Status.OK, {}, 0.4)))
    for one in events:
        collector(one)
    summary = collector.summary()
    failed = [name for name, host in summary.hosts.items() if host.failures]
    ending = [TaskFinished(task), BatchFinished(1, 1, failed), PlayFinished("A sample"), RunFinished(summary)]
    yield from (*events, *ending)


def sample_happening(event: str, events: list[Event]) -> Happening:
    """Return what there is to tell of the wanted event. Raises OpsFlowError when no run tells of it."""
    if event not in EVENTS:
        hint = did_you_mean(event, EVENTS) or f"there are {', '.join(EVENTS)}"
        raise OpsFlowError(f"there is no event '{event}'", hint=hint)
    watcher = Watcher(lambda: HOSTS)
    happened = [one for each in events for one in watcher(each)]
    for one in happened:
        if one.event == event:
            return one
    hint = f"there are {', '.join(name for name in EVENTS if name != event)}"
    raise OpsFlowError(f"no run tells of '{event}' yet", hint=hint)
