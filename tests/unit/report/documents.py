"""Runs as documents, also of hosts that mean no good."""

from __future__ import annotations

from collections.abc import Iterable

from opsflow.core.events import Event
from opsflow.core.results import Status
from opsflow.report.document import Document
from opsflow.report.gather import Gatherer
from tests.unit.ledger.events import TaskFinished, TaskStarted, begun, ended, over, task

HOSTILE = (
    "<script>alert(1)</script> & \"quoted\" 'too' ]]> --> \x1b[31mred\x1b[0m \x1b]0;title\x07 \x00\x08\x0b "
    "\u202egnp.exe \ud800 \ufffe\uffff |a|b| `tick` ``` @everyone [a](javascript:x) #1 ![i](http://x/y)"
)


def gathered(events: Iterable[Event]) -> Document:
    """Return the document of a run's events."""
    gatherer = Gatherer(clock=lambda: 1_700_000_000.0)
    for event in events:
        gatherer(event)
    return gatherer.document()


def hostile_run(text: str = HOSTILE) -> list[Event]:
    """A run in which everything that a host can say is `text`."""
    change, failure = task(1, "Change", "copy"), task(2, "Break")
    diff = {"before": "a\n", "after": f"{text}\n", "before_header": text, "after_header": text}
    packages = [{"name": text, "old": text, "new": f"{text}2"}]
    changed = {"changed": True, "msg": text, "dest": f"/{text}", "diff": diff, "packages": packages}
    broken = {"failed": True, "msg": text, "stderr": f"{text}\n{text}", "cmd": [text], "hint": text, "rc": 1}
    events: list[Event] = [
        *begun(["web1"]),
        TaskStarted(change, ["web1"]),
        ended(change, "web1", Status.CHANGED, {**changed, "cmd": text}),
        TaskFinished(change),
        TaskStarted(failure, ["web1"]),
        ended(failure, "web1", Status.FAILED, broken),
        TaskFinished(failure),
    ]
    return over(events, ["web1"])


def fleet_run(hosts: int, tasks: int) -> list[Event]:
    """A run on many hosts: most of them alike, each tenth with a difference of its own, one failing."""
    names = [f"web{number:04}" for number in range(1, hosts + 1)]
    events = begun(names)
    for key in range(1, tasks + 1):
        info = task(key, f"Task {key}", "template")
        events.append(TaskStarted(info, names))
        for number, name in enumerate(names):
            own = f"host = {name}\n" if number % 10 == 0 else "host = any\n"
            diff = {"before": "", "after": own, "before_header": "/etc/x", "after_header": "/etc/x"}
            changed = {"changed": True, "dest": "/etc/x", "diff": diff}
            failed = {"failed": True, "msg": f"no room on {name}", "rc": 1}
            if key == tasks and number == 7:
                events.append(ended(info, name, Status.FAILED, failed))
            else:
                how = Status.CHANGED if key % 2 else Status.OK
                events.append(ended(info, name, how, changed if key % 2 else {"changed": False}))
        events.append(TaskFinished(info))
    return over(events, names)
