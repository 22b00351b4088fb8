"""Runs as the engine tells them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from opsflow.core.collect import Collector
from opsflow.core.events import (
    BatchFinished,
    BatchStarted,
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
from opsflow.core.origin import Origin
from opsflow.core.results import Status, TaskResult

START = 1_700_000_000.0
RUN_ID = "20261121-120000-abcdef"
HOSTS = ["web1", "web2"]


def task(key: int, name: str, module: str = "command") -> TaskInfo:
    return TaskInfo(key, name, module, Origin("site.yml", 10 + key, 7), trail=(Origin("main.yml", 3, 1),))


def ended(info: TaskInfo, host: str, status: Status, data: Mapping[str, Any], **more: Any) -> HostFinished:
    censored = more.pop("censored", False)
    return HostFinished(info, host, TaskResult(status, dict(data), 0.25, censored), **more)


def begun(hosts: list[str], run_id: str = RUN_ID, *, check: bool = False, at: float = START) -> list[Event]:
    return [
        RunStarted(run_id, ["site.yml"], at, check),
        PlayStarted("Web servers", hosts, 1),
        BatchStarted(1, 1, hosts),
    ]


def over(events: list[Event], hosts: list[str], **how: Any) -> list[Event]:
    """Return events of a run with their end."""
    collector = Collector(clock=lambda: 0.0)
    for event in events:
        collector(event)
    summary = collector.summary(**how)
    return [
        *events,
        BatchFinished(1, 1, []),
        PlayFinished("Web servers", summary.stopped),
        RunFinished(summary, {"inventory": ["hosts.yml"], "options": [], "selection": []}),
    ]


def whole_run(run_id: str = RUN_ID, *, check: bool = False, at: float = START) -> list[Event]:
    """A run with everything in it: a loop, packages, a file, a failure, a hidden result, a warning."""
    loop, upgrade, secret = task(1, "Loop"), task(2, "Upgrade", "apt"), task(3, "Hidden", "template")
    items = [
        {"item": n, "changed": n == 1, "stdout": f"out {n}", "stdout_lines": [f"out {n}"]} for n in (1, 2)
    ]
    packages = [{"name": "nginx", "old": "1.0", "new": "1.1"}, {"name": "curl", "old": None, "new": "8"}]
    diff = {"before": "a\n", "after": "b\n", "before_header": "/etc/x", "after_header": "/etc/x"}
    failure = {
        "failed": True,
        "msg": "no room",
        "rc": 100,
        "stderr": "E: x\ny",
        "stderr_lines": ["E: x", "y"],
    }
    events: list[Event] = [
        *begun(HOSTS, run_id, check=check, at=at),
        Warned("take care", Origin("site.yml", 1, 1), "look there"),
        TaskStarted(loop, HOSTS),
        ItemFinished(loop, "web1", "first", TaskResult(Status.CHANGED, items[0])),
        ItemFinished(loop, "web1", "second", TaskResult(Status.OK, items[1])),
        ended(loop, "web1", Status.CHANGED, {"results": items, "changed": True}),
        ended(loop, "web2", Status.SKIPPED, {"skipped": True, "changed": False}),
        TaskFinished(loop),
        TaskStarted(upgrade, HOSTS),
        ended(upgrade, "web1", Status.CHANGED, {"changed": True, "packages": packages}, retries=2),
        ended(upgrade, "web2", Status.FAILED, failure),
        TaskFinished(upgrade),
        TaskStarted(secret, ["web1"]),
        ended(
            secret,
            "web1",
            Status.CHANGED,
            {"changed": True, "dest": "/etc/hunter2", "diff": diff},
            censored=True,
            delegated_to="db1",
        ),
        TaskFinished(secret),
    ]
    return over(events, HOSTS)
