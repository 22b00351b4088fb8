"""A run as a document: what its JSON holds, and what the page, the ticket and the CI report are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from opsflow.core.changes import Thing
from opsflow.core.events import Decided, TaskInfo, Warned
from opsflow.core.jsonable import iso_time, jsonable, summary_data
from opsflow.core.results import RunSummary

from .diffs import Diff
from .recap import next_steps

FORMAT = 1
"""Grows when a key changes its meaning or goes; new keys may come at any time."""


@dataclass(frozen=True, slots=True)
class Told:
    """What is told of a result; hosts of which the same is told share it.

    `command` is what was run, `things` are what changed, `items` those of a loop that were not just fine,
    each with its status.
    """

    status: str
    message: str = ""
    log: str = ""
    hint: str = ""
    command: str = ""
    things: tuple[Thing, ...] = ()
    items: tuple[tuple[str, str], ...] = ()
    delegated_to: str | None = None


@dataclass(slots=True)
class Group:
    """Hosts with the same result: `hosts` with the seconds that each took, `diffs` with who has them."""

    told: Told
    hosts: dict[str, float] = field(default_factory=dict[str, float])
    diffs: dict[tuple[Diff, ...], list[str]] = field(default_factory=dict[tuple[Diff, ...], list[str]])

    def data(self) -> dict[str, Any]:
        """Return it as JSON knows it."""
        told = self.told
        data = {name: getattr(told, name) for name in ("status", "message", "log", "hint", "command")}
        return {
            **data,
            "delegated_to": told.delegated_to,
            "hosts": {host: round(seconds, 3) for host, seconds in self.hosts.items()},
            "changes": [thing._asdict() for thing in told.things],
            "items": [{"label": label, "status": status} for label, status in told.items],
            "diffs": [
                {**diff._asdict(), "hosts": hosts} for diffs, hosts in self.diffs.items() for diff in diffs
            ],
        }


@dataclass(slots=True)
class Task:
    """A task of a play. `started` and `ended` are in seconds since the epoch."""

    info: TaskInfo
    started: float
    ended: float
    groups: dict[Told, Group] = field(default_factory=dict[Told, Group])

    @property
    def counts(self) -> dict[str, int]:
        """How many hosts had each status."""
        found: dict[str, int] = {}
        for group in self.groups.values():
            found[group.told.status] = found.get(group.told.status, 0) + len(group.hosts)
        return found

    def data(self) -> dict[str, Any]:
        """Return it as JSON knows it."""
        times = {"started": iso_time(self.started), "ended": iso_time(self.ended)}
        return {
            **jsonable(self.info),
            **times,
            "counts": self.counts,
            "results": [group.data() for group in self.groups.values()],
        }


@dataclass(slots=True)
class Wave:
    """A wave of a play, with the hosts that failed in it."""

    number: int
    total: int
    hosts: list[str]
    failed: list[str] = field(default_factory=list[str])


@dataclass(slots=True)
class Play:
    """A play: `stopped` says why it ended early."""

    name: str
    hosts: list[str]
    stopped: str | None = None
    waves: list[Wave] = field(default_factory=list[Wave])
    tasks: list[Task] = field(default_factory=list[Task])

    def data(self) -> dict[str, Any]:
        """Return it as JSON knows it."""
        waves = [jsonable(wave) for wave in self.waves]
        return {
            "name": self.name,
            "hosts": self.hosts,
            "stopped": self.stopped,
            "waves": waves,
            "tasks": [task.data() for task in self.tasks],
        }


@dataclass(frozen=True, slots=True)
class Notification:
    """A message that was to be sent, and what came of it. `time` is in seconds since the epoch."""

    time: float
    notifier: str
    event: str
    state: str
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Proof:
    """Whether the audit is as it was written.

    `rows` of it are of the run, the last one is `last`, the newest of all `head` (`number:hash`). `whole`
    tells that all of the audit was checked and not the run's part alone; `problems` is what was found.
    """

    rows: int
    last: str | None
    head: str
    whole: bool
    problems: list[str]


@dataclass(slots=True)
class Document:
    """All that a report tells of a run.

    `decisions` are what people decided while it went on. `record` is who ran what from where, with which
    files; it, `notifications` and `proof` are there when the document comes from a ledger.
    """

    summary: RunSummary
    details: Mapping[str, Any] = field(default_factory=dict[str, Any])
    plays: list[Play] = field(default_factory=list[Play])
    warnings: list[Warned] = field(default_factory=list[Warned])
    decisions: list[Decided] = field(default_factory=list[Decided])
    record: Mapping[str, Any] | None = None
    notifications: list[Notification] = field(default_factory=list[Notification])
    proof: Proof | None = None

    @property
    def state(self) -> str:
        """One word: the outcome, or what the ledger knows of a run without one."""
        return str(self.record["state"]) if self.record else self.summary.outcome

    @property
    def next_steps(self) -> list[tuple[str, str]]:
        """What a person may want to do now, each with the command for it, which may be empty."""
        return next_steps(self.summary, self.details)

    def data(self) -> dict[str, Any]:
        """Return it as JSON knows it; `docs/output.md` describes it."""
        return {
            "format": FORMAT,
            "state": self.state,
            "summary": summary_data(self.summary),
            "plays": [play.data() for play in self.plays],
            "warnings": jsonable(self.warnings),
            "next": [{"what": what, "command": command} for what, command in self.next_steps],
            "record": jsonable(self.record),
            "decisions": [{**jsonable(one), "asked": iso_time(one.asked)} for one in self.decisions],
            "notifications": [{**jsonable(one), "time": iso_time(one.time)} for one in self.notifications],
            "audit": jsonable(self.proof),
        }
