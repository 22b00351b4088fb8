"""From a run's events to what there is to tell: few things, each with the hosts that it is about."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from opsflow.core.events import BatchFinished, BatchStarted, Event, HostFinished, RunFinished, RunStarted
from opsflow.core.failures import failure_message, loop_items
from opsflow.core.jsonable import iso_time
from opsflow.core.results import RunSummary, Status
from opsflow.report.fold import hosts_text

from .message import Severity
from .report import Report

EVENTS = {
    "started": "a run begins",
    "wave_done": "a wave of hosts has ended",
    "gate": "a run waits for a decision",
    "failed": "a task failed on a host, or the host was unreachable",
    "rolled_back": "an upgrade failed on a host and was undone",
    "needs_person": "an upgrade failed on a host and could not be undone",
    "finished": "a run has ended, however",
}
"""What may be told, in the order in which it happens. No run waits at a gate yet."""


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing to tell. `title` is a sentence, `time` in seconds since the epoch.

    `hosts` are those that it is about; they decide which groups and environments are concerned.
    """

    event: str
    severity: Severity
    title: str
    time: float
    hosts: tuple[str, ...] = ()

    def data(self) -> dict[str, Any]:
        """Return it as JSON knows it."""
        return {
            "event": self.event,
            "severity": self.severity,
            "title": str(self.title),
            "time": iso_time(self.time),
            "hosts": list(map(str, self.hosts)),
        }


class Watcher:
    """Picks what is worth telling out of a run's events."""

    def __init__(self, hosts: Callable[[], Iterable[str]], clock: Callable[[], float] = time.time) -> None:
        """`hosts` gives all hosts that the run is for, `clock` seconds since the epoch."""
        self._hosts = hosts
        self._clock = clock
        self._wave: tuple[str, ...] = ()

    def __call__(self, event: Event) -> Iterator[Happening]:
        """Yield what an event has to tell: mostly nothing."""
        match event:
            case HostFinished():
                yield from self._of_host(event)
            case RunStarted():
                what = ", ".join(event.playbooks) or "command"
                hosts = tuple(self._hosts())
                check = " (check mode)" if event.check else ""
                title = f"started: {what} on {len(hosts)} hosts{check}"
                yield Happening("started", "info", title, event.started, hosts)
            case BatchStarted():
                self._wave = tuple(event.hosts)
            case BatchFinished():
                yield self._wave_done(event)
            case RunFinished(summary=summary):
                yield _finished(
                    summary, self._clock(), tuple({**dict.fromkeys(self._hosts()), **summary.hosts})
                )
            case _:
                return

    def _wave_done(self, event: BatchFinished) -> Happening:
        failed = f", failed: {hosts_text(event.failed, limit=_RANGES)}" if event.failed else ""
        title = f"wave {event.number} of {event.total} is done: {len(self._wave)} hosts{failed}"
        severity: Severity = "warning" if event.failed else "info"
        return Happening("wave_done", severity, title, self._clock(), self._wave)

    def _of_host(self, event: HostFinished) -> Iterator[Happening]:
        now, result = self._clock(), event.result
        if result.failed and not event.rescued:
            word = "unreachable" if result.status is Status.UNREACHABLE else "failed"
            title = f"{event.host} {word} at '{event.task.name}': {_short(failure_message(result))}"
            yield Happening("failed", "error", title, now, (event.host,))
        host = event.delegated_to or event.host
        for name, severity, words in () if result.censored else _FLAGS:
            if any(part.get(name) is True for part in (result.data, *loop_items(result.data))):
                title = f"{host} {words} at '{event.task.name}'"
                yield Happening(name, severity, title, now, tuple(dict.fromkeys((host, event.host))))


_RANGES = 12
_LONGEST = 300
_FLAGS: tuple[tuple[str, Severity, str], ...] = (
    ("rolled_back", "warning", "was rolled back: an upgrade failed and was undone"),
    ("needs_person", "critical", "needs a person: an upgrade failed and could not be undone"),
)


def _finished(summary: RunSummary, now: float, hosts: tuple[str, ...]) -> Happening:
    severity: Severity = "info" if summary.exit_code == 0 else "error"
    if summary.interrupted:
        severity = "warning"
    if any(host.needs_person for host in summary.hosts.values()):
        severity = "critical"
    return Happening("finished", severity, Report(summary).title, now, hosts)


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= _LONGEST else f"{flat[:_LONGEST]}…"
