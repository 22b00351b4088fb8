"""`opsflow play --plan`, `--plan-out` and `--apply`: what would be done, its approval, and doing just that.

Imported only where one of these is given: it may import what it likes.
"""

from __future__ import annotations

import asyncio
import getpass
import socket
import sys
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from opsflow import __version__
from opsflow.core.errors import EXIT_HOSTS_FAILED, EXIT_OK, InputError, OpsFlowError, Problem, UsageError
from opsflow.core.events import Event, HostFinished, PlayStarted, RunFinished, Warned
from opsflow.core.failures import failure_message, loop_items, mappings
from opsflow.core.results import RunSummary, Status
from opsflow.engine.run import Run, needs_run
from opsflow.modules.base.module import short_name
from opsflow.packages.approval import (
    KINDS,
    Approval,
    Change,
    Document,
    HostPlan,
    HostState,
    digests,
    place_of,
    read,
)
from opsflow.report.lines import render
from opsflow.report.plans import plan_lines
from opsflow.report.recap import change_text
from opsflow.source.config import Config
from opsflow.source.excerpt import describe

from .console import check_output
from .garbage import look_rarely
from .leasing import leasing
from .out import dumps, use_color, write

PLANNING = ("apt", "package_upgrade", "system_update")
"""Modules that make plans."""


def show_plan(run: Run, config: Config, *, output: str, everything: bool, out: Path | None) -> int:
    """Carry a run out in check mode and tell nothing but its plans; write them to a file to be approved.

    Raises:
        UsageError: there is no such output, or no such directory; no host was touched.
        OpsFlowError: there is nothing to approve, or the file cannot be written.
    """
    check_output(output)
    if out and not out.parent.is_dir():
        raise UsageError(f"--plan-out: there is no directory {out.parent}")
    plans = _Plans(run.playbook_dir)
    run.events.subscribe(plans)
    look_rarely()
    with leasing(run, config):
        code = asyncio.run(run.run()).exit_code
    if output == "text":
        color = use_color(sys.stdout)
        lines = plan_lines(plans.shown(), plans.told(), plans.failures, everything=everything)
        write(sys.stdout, "".join(f"{render(line, color=color)}\n" for line in lines))
    else:
        told = {"hosts": plans.shown(), **plans.told(), "failed": plans.failures}
        write(sys.stdout, dumps(told, 2) + "\n")
    if out and (plans.known() or code == EXIT_OK):
        _document(run, plans).write(out)
        left = f"; not in it: {', '.join(plans.failures)}" if plans.failures else ""
        _say(f"the plan of {_hosts(len(plans.known()))} is in {out}{left}")
    return code


class _Plans:
    """What tasks said that they would do to packages: `made` by host, as their results tell it.

    `others` is what is done to packages without a plan. A host with `failures` has no plan, or not all of it;
    what fails `afterwards` does so because nothing was changed, most often, and spoils no plan.
    """

    def __init__(self, directory: Path) -> None:
        self.made: dict[str, list[dict[str, Any]]] = {}
        self.others: dict[str, list[str]] = {}
        self.failures: dict[str, str] = {}
        self.afterwards: dict[str, list[str]] = {}
        self._order: dict[str, None] = {}
        self._directory = directory

    def known(self) -> dict[str, list[dict[str, Any]]]:
        """Return the plans of the hosts of which all is known."""
        return {
            host: self.made[host] for host in self._order if host in self.made.keys() - self.failures.keys()
        }

    def shown(self) -> dict[str, list[dict[str, Any]]]:
        """Return the same without the states that the plans rest on."""
        return {
            host: [{key: value for key, value in plan.items() if key != "state"} for plan in made]
            for host, made in self.known().items()
        }

    def told(self) -> dict[str, dict[str, list[str]]]:
        """Return what else there is to say of hosts."""
        return {"others": self.others, "afterwards": self.afterwards}

    def __call__(self, event: Event) -> None:
        if isinstance(event, PlayStarted):
            self._order.update(dict.fromkeys(event.hosts))
        elif isinstance(event, HostFinished):
            self._take(event)
        elif isinstance(event, RunFinished):
            self._end(event.summary)
        elif isinstance(event, Warned):
            _say(f"warning: {describe(Problem(event.message, event.origin, event.hint))}")

    def _take(self, event: HostFinished) -> None:
        if event.result.censored and event.result.changed:
            self.failures[event.host] = f"the task '{event.task.name}' hides its results (no_log)"
            return
        if event.result.failed and not event.rescued:
            planning = short_name(event.task.module) in PLANNING or event.result.status is Status.UNREACHABLE
            if event.host in self.made and not planning:
                told = f"{event.task.name}: {event.result.message}"
                self.afterwards.setdefault(event.host, []).append(told)
            else:
                self.failures[event.host] = failure_message(event.result)
            return
        for part in [event.result.data, *loop_items(event.result.data)]:
            plan = part.get("plan")
            if isinstance(plan, Mapping) and "fingerprint" in plan:
                about = {"task": place_of(event.task.origin, self._directory), "name": event.task.name}
                reboots = {key: part[key] for key in ("reboot_required", "reboot_policy") if key in part}
                self.made.setdefault(event.host, []).append({**about, **plan, **reboots})
            elif told := ", ".join(_changes_of(part.get("packages"))):
                self.others.setdefault(event.host, []).append(f"{event.task.name}: {told}")

    def _end(self, summary: RunSummary) -> None:
        for host in summary.not_reached:
            self.failures.setdefault(host, summary.stopped or "the run ended before it")


def _changes_of(packages: object) -> Iterable[str]:
    for one in mappings(packages):
        if {"name", "old", "new"} <= one.keys():
            yield f"{one['name']} {change_text(one['old'], one['new'])}"


def _document(run: Run, plans: _Plans) -> Document:
    hosts: dict[str, HostPlan] = {}
    states: dict[str, HostState] = {}
    for host, made in plans.known().items():
        busy = [plan for plan in made if any(plan[kind] for kind in KINDS)]
        if len(busy) > 1:
            names = ", ".join(f"'{plan['name']}'" for plan in busy)
            hint = "choose one of them with --tags, and plan the other afterwards"
            raise OpsFlowError(
                f"{host} would be upgraded by several tasks ({names}): no such plan holds", hint=hint
            )
        plan = (busy or made)[0]
        hosts[host] = _host_plan(plan)
        if busy and plan["fingerprint"] not in states:
            states[plan["fingerprint"]] = HostState.model_validate(plan["state"])
    if not hosts:
        hint = "plans come of system_update, package_upgrade, and apt with 'upgrade'"
        raise OpsFlowError("there is no plan to approve: no task planned an upgrade", hint=hint)
    return Document(
        made=datetime.now(UTC),
        by=f"{getpass.getuser()}@{socket.gethostname()}",
        opsflow=__version__,
        playbooks=digests(_files(run), run.playbook_dir),
        inventory=[str(source) for source in run.inventory.sources],
        hosts=hosts,
        states=states,
    )


def _host_plan(plan: Mapping[str, Any]) -> HostPlan:
    changes = {
        kind: [Change.model_validate({key: one[key] for key in Change.model_fields}) for one in plan[kind]]
        for kind in KINDS
    }
    about = {key: plan[key] for key in ("task", "name", "fingerprint")}
    return HostPlan(**about, **changes, **plan["policy"])


def _files(run: Run) -> Iterable[str]:
    """Yield the files of a run's playbooks that tasks come from."""
    for book in run.playbooks:
        yield book.path
    for task in run.tasks():
        yield from (origin.file for origin in (task.origin, *task.info.trail))


def read_approval(path: Path, playbook: str) -> Approval:
    """Return the plans of a file, to be carried out. Raises InputError."""
    document = read(path)
    made = document.made.astimezone().strftime("%Y-%m-%d %H:%M")
    _say(f"the plan that {document.by} made on {made}, for {_hosts(len(document.hosts))}")
    return Approval(document, path, Path(playbook).parent)


def approved(run: Run, approval: Approval, carry_out: Callable[[], int]) -> int:
    """Carry out what was approved; return the exit code, which tells of hosts where that was not done.

    Raises InputError for a plan of other playbooks, and for one that no host of the run is in.
    """
    approval.check(_files(run))
    there = {host.name for hosts in run.targets.values() for host in hosts}
    known = not any(needs_run(play) for book in run.playbooks for play in book.plays)
    if known and not there:
        raise InputError([Problem(f"no host of this run is in the plan {approval.path}")])
    gone = [name for name in approval.hosts if name not in there]
    if known and gone and not run.options.limit:
        _say(f"warning: in the plan, but not among the hosts of this run: {', '.join(gone)}")
    code = carry_out()
    meant = {host.name for hosts in run.targets.values() for host in hosts}
    left = [name for name in approval.hosts if name in approval.left & meant]
    if left:
        _say(f"what was approved was not done on {', '.join(left)}: its task did not run there")
    return code or (EXIT_HOSTS_FAILED if left else code)


def _hosts(count: int) -> str:
    return f"{count} host" if count == 1 else f"{count} hosts"


def _say(message: str) -> None:
    sys.stderr.write(f"{message}\n")
