"""What came of a task on a host, and of a run as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from .errors import EXIT_HOSTS_FAILED, EXIT_INTERRUPTED, EXIT_OK, EXIT_STOPPED, EXIT_UNREACHABLE
from .origin import Origin


class Status(StrEnum):
    """How a task ended on a host. `IGNORED` is a failure that the playbook said to ignore."""

    OK = "ok"
    CHANGED = "changed"
    SKIPPED = "skipped"
    FAILED = "failed"
    IGNORED = "ignored"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class PackageChange:
    """One package that an upgrade changed. `old` is None for a new one, `new` for a removed one."""

    name: str
    old: str | None
    new: str | None


@dataclass(slots=True)
class TaskResult:
    """The result of one task, or of one item of its loop, on one host.

    `data` is what `register` stores and what modules return: Ansible's keys, plain values. `censored` says
    that nothing of it may be shown (`no_log`). `duration` is in seconds. `paths` are the files that the task
    was told to change, and did; `before_after` tells of small ones how they were and are, for the record.
    `delegate` is the host that it was done on, where that is another one.
    """

    status: Status
    data: dict[str, Any] = field(default_factory=dict[str, Any])
    duration: float = 0.0
    censored: bool = False
    paths: tuple[str, ...] = ()
    delegate: str | None = None
    before_after: tuple[Mapping[str, Any], ...] = ()

    @property
    def changed(self) -> bool:
        return self.status is Status.CHANGED

    @property
    def failed(self) -> bool:
        return self.status in (Status.FAILED, Status.UNREACHABLE)

    @property
    def message(self) -> str:
        """The sentence that says what happened; empty when there is none or it may not be shown."""
        if self.censored:
            return "(hidden: no_log)"
        message = self.data.get("msg")
        return message if isinstance(message, str) else ""

    def public(self) -> Mapping[str, Any]:
        """Return what may leave the process: all values, or next to none of them under `no_log`."""
        if not self.censored:
            return self.data
        kept = {
            key: self.data[key] for key in ("changed", "failed", "skipped", "attempts") if key in self.data
        }
        return {"censored": "the output is hidden because the task says no_log", **kept}

    @property
    def diff(self) -> Any:
        """What changed within files and settings: what was asked for with --diff, else what is recorded."""
        return self.public().get("diff") or (None if self.censored else list(self.before_after))


@dataclass(slots=True)
class Stats:
    """Counts of one host, as in Ansible's recap."""

    ok: int = 0
    changed: int = 0
    unreachable: int = 0
    failed: int = 0
    skipped: int = 0
    rescued: int = 0
    ignored: int = 0

    def count(self, status: Status) -> None:
        """Count one result. Changed and ignored tasks are ok as well."""
        if status in (Status.OK, Status.CHANGED, Status.IGNORED):
            self.ok += 1
        if status is not Status.OK:
            setattr(self, status.value, getattr(self, status.value) + 1)


class Failure(NamedTuple):
    """A task that failed on a host and was neither ignored nor rescued."""

    task: str
    origin: Origin | None
    message: str
    status: Status
    log: str = ""


@dataclass(slots=True)
class HostSummary:
    """What a run did to one host. `failures` are those that no `meta: clear_host_errors` cleared.

    `rolled_back`: an upgrade failed and was undone. `needs_person`: that did not succeed. `undoable`: the
    host keeps what is needed to undo it.
    """

    stats: Stats = field(default_factory=Stats)
    failures: list[Failure] = field(default_factory=list[Failure])
    packages: list[PackageChange] = field(default_factory=list[PackageChange])
    rebooted: bool = False
    rolled_back: bool = False
    needs_person: bool = False
    undoable: bool = False


@dataclass(slots=True)
class TaskSummary:
    """What a run's task did across hosts. `duration` is from its first start to its last end, in seconds."""

    name: str
    origin: Origin | None
    counts: dict[str, int] = field(default_factory=dict[str, int])
    duration: float = 0.0


@dataclass(slots=True)
class RunSummary:
    """The aggregated result of a run: what the recap shows and notifiers send.

    `started` is in seconds since the epoch, `duration` in seconds. `stopped` is the reason when a threshold,
    a gate or a person ended the run early. `interrupted` says that it was Ctrl-C or a signal, and
    `unfinished` names the tasks that were broken off, with their hosts. `skipped` names the hosts that a
    person took out, and says who did and why; or who had them (`busy: …`).
    `resumes` is the run that this one went on with, and `recalled` how many tasks that had done on each host.
    """

    run_id: str
    playbooks: list[str]
    started: float
    duration: float = 0.0
    check: bool = False
    hosts: dict[str, HostSummary] = field(default_factory=dict[str, HostSummary])
    tasks: list[TaskSummary] = field(default_factory=list[TaskSummary])
    stopped: str | None = None
    interrupted: bool = False
    unfinished: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    not_reached: list[str] = field(default_factory=list[str])
    skipped: dict[str, str] = field(default_factory=dict[str, str])
    resumes: str | None = None
    recalled: dict[str, int] = field(default_factory=dict[str, int])

    @property
    def exit_code(self) -> int:
        """A run that stopped early says so before all else; unreachable outranks failed, as in Ansible."""
        if self.interrupted:
            return EXIT_INTERRUPTED
        if self.stopped:
            return EXIT_STOPPED
        failures = {failure.status for host in self.hosts.values() for failure in host.failures}
        if Status.UNREACHABLE in failures:
            return EXIT_UNREACHABLE
        return EXIT_HOSTS_FAILED if failures else EXIT_OK

    @property
    def outcome(self) -> str:
        """One word for a subject line: ok, changed, failed, unreachable, stopped or interrupted."""
        if self.interrupted:
            return "interrupted"
        if self.stopped:
            return "stopped"
        failures = {failure.status for host in self.hosts.values() for failure in host.failures}
        if failures:
            return "unreachable" if Status.UNREACHABLE in failures else "failed"
        return "changed" if any(host.stats.changed for host in self.hosts.values()) else "ok"
