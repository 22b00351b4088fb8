"""From a run's events to its summary: what the recap shows and the notifiers send."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from .events import (
    Decided,
    ErrorsCleared,
    Event,
    HostFinished,
    HostRecalled,
    HostStarted,
    PlayStarted,
    RunStarted,
    TaskInfo,
    TaskStarted,
)
from .failures import failure_of, loop_items, mappings
from .results import HostSummary, PackageChange, RunSummary, Status, TaskSummary

FLAGS = ("rebooted", "rolled_back", "needs_person", "undoable")
"""Values of a result that say something of its host: see HostSummary."""


class Collector:
    """A subscriber that adds events up; it keeps counts, failures and package changes, no results."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` gives seconds; durations are measured with it."""
        self._clock = clock
        self._begun = clock()
        self._run = RunStarted("", [], 0.0, False)
        self._order: dict[str, None] = {}
        self._hosts: dict[str, HostSummary] = {}
        self._packages: dict[str, dict[str, PackageChange]] = {}
        self._tasks: dict[int, TaskSummary] = {}
        self._task_begun: dict[int, float] = {}
        self._running: dict[tuple[str, int], str] = {}
        self._skipped: dict[str, str] = {}
        self._recalled: dict[str, int] = {}

    def __call__(self, event: Event) -> None:
        """Take an event into account."""
        match event:
            case RunStarted():
                self._run, self._begun = event, self._clock()
            case PlayStarted():
                self._order.update(dict.fromkeys(event.hosts))
            case TaskStarted():
                self._task(event.task)
            case HostStarted():
                self._running[event.host, event.task.key] = event.task.name
            case HostFinished():
                self._finished(event)
            case HostRecalled():
                self._recalled[event.host] = self._recalled.get(event.host, 0) + 1
            case ErrorsCleared():
                for name in event.hosts:
                    self._hosts.setdefault(name, HostSummary()).failures.clear()
            case Decided(what="skip"):
                self._skipped.update(dict.fromkeys(event.hosts, event.why))
            case _:
                return

    def summary(
        self, *, stopped: str | None = None, interrupted: bool = False, not_reached: Sequence[str] = ()
    ) -> RunSummary:
        """Return the summary as of now.

        Args:
            stopped: why the run ended early, None when it did not.
            interrupted: whether it was broken off, so that what runs still has no result.
            not_reached: the hosts that should have had their turn and had none.
        """
        return RunSummary(
            run_id=self._run.run_id,
            playbooks=list(self._run.playbooks),
            started=self._run.started,
            duration=self._clock() - self._begun,
            check=self._run.check,
            hosts={host: self._host_summary(host) for host in self._known_hosts()},
            tasks=list(self._tasks.values()),
            stopped=stopped,
            interrupted=interrupted,
            unfinished=self._unfinished() if interrupted else {},
            not_reached=list(not_reached),
            skipped=dict(self._skipped),
            resumes=self._run.resumes,
            recalled=dict(self._recalled),
        )

    def _unfinished(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for (host, _), task in self._running.items():
            found.setdefault(task, []).append(host)
        return found

    def _known_hosts(self) -> list[str]:
        """Hosts that something happened to, in the order of the plays, delegates behind them."""
        return [host for host in {**self._order, **self._hosts} if host in self._hosts]

    def _host_summary(self, host: str) -> HostSummary:
        changes = self._packages.get(host, {}).values()
        return replace(self._hosts[host], packages=[change for change in changes if change.old != change.new])

    def _task(self, task: TaskInfo) -> TaskSummary:
        if task.key not in self._tasks:
            self._tasks[task.key] = TaskSummary(task.name, task.origin)
            self._task_begun[task.key] = self._clock()
        return self._tasks[task.key]

    def _finished(self, event: HostFinished) -> None:
        self._running.pop((event.host, event.task.key), None)
        task = self._task(event.task)
        task.duration = self._clock() - self._task_begun[event.task.key]
        host = self._hosts.setdefault(event.host, HostSummary())
        failed = event.result.failed
        outcome = "rescued" if failed and event.rescued else event.result.status.value
        task.counts[outcome] = task.counts.get(outcome, 0) + 1
        if outcome == "rescued":
            host.stats.rescued += 1
        else:
            host.stats.count(event.result.status)
            host.stats.ok += max(0, _included(event) - 1)
            if event.result.status is Status.IGNORED and event.result.data.get("changed"):
                host.stats.changed += 1
            if failed:
                host.failures.append(failure_of(event.task, event.result))
        if event.result.status is Status.SKIPPED and "busy" in event.result.data:
            self._skipped[event.host] = f"busy: {event.result.message}"
        if not event.result.censored:
            self._effects(event.delegated_to or event.host, event.result.data)

    def _effects(self, host: str, data: Mapping[str, Any]) -> None:
        """Note package changes and what goes with them, also of a loop's items, on the host that had them."""
        for part in [data, *loop_items(data)]:
            for flag in FLAGS:
                if part.get(flag) is True:
                    setattr(self._hosts.setdefault(host, HostSummary()), flag, True)
            for package in mappings(part.get("packages")):
                if change := package_change(package):
                    self._package(host, change)

    def _package(self, host: str, change: PackageChange) -> None:
        self._hosts.setdefault(host, HostSummary())
        packages = self._packages.setdefault(host, {})
        earlier = packages.get(change.name)
        packages[change.name] = replace(change, old=earlier.old) if earlier else change


def package_change(package: Mapping[str, Any]) -> PackageChange | None:
    """Read {name, old, new}; None when it is something else that a module calls `packages`."""
    name, old, new = package.get("name"), package.get("old"), package.get("new")
    if not isinstance(name, str) or not {"old", "new"} & package.keys():
        return None
    return PackageChange(name, _version(old), _version(new))


def _version(value: object) -> str | None:
    return str(value) if value else None


def _included(event: HostFinished) -> int:
    """Return how many files or roles a looped include brought: each counts, as in Ansible."""
    items = (
        loop_items(event.result.data) if event.task.module.endswith(("include_tasks", "include_role")) else ()
    )
    return sum("include" in item for item in items)
