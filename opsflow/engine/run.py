"""A run: playbooks on an inventory, from the first check to the summary."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from opsflow.connection.pool import Connections
from opsflow.core.collect import Collector
from opsflow.core.errors import InputError, Problem, TaskError, did_you_mean
from opsflow.core.events import Events, RunFinished, RunStarted, Warned
from opsflow.core.origin import COMMAND_LINE
from opsflow.core.results import RunSummary
from opsflow.inventory.model import Host, Inventory
from opsflow.inventory.patterns import limit, read_limit, select, unmatched
from opsflow.playbook.model import Play, Task
from opsflow.playbook.parse import Playbook
from opsflow.source.values import Template, is_templated, origin_of
from opsflow.templating.render import Renderer, finalize, rendered
from opsflow.templating.scope import Scope

from .debug import Debugger
from .journal import Journals
from .leases import Leases
from .limits import Limits
from .options import RunOptions
from .play import PlayRunner
from .prompts import Ask, answers
from .recall import Recall
from .state import HostState
from .steering import Steering
from .tags import render_tags, selected
from .task import TaskRunner
from .unknown import Unknown
from .variables import Variables


class Run:
    """One run. Make it, then `await run()`: nothing is connected to before."""

    def __init__(
        self,
        playbooks: list[Playbook],
        inventory: Inventory,
        renderer: Renderer,
        options: RunOptions,
        events: Events,
        ask: Ask | None = None,
    ) -> None:
        self.playbooks = playbooks
        self.inventory = inventory
        self.renderer = renderer
        self.options = options
        self.collector = Collector()
        self.events = events
        self.ask = ask
        self.recall: Recall | None = None  # of the run that this one goes on with
        self.unknown = "fail"  # what to do with what that run had begun, see `unknown`
        self.recorded: Callable[[], Awaitable[bool]] | None = None  # has the ledger all now?
        self.journals: Journals | None = None
        self.debugger: Debugger | None = None
        self.steering = Steering(events.emit, lambda: inventory.hosts)
        self.summary: RunSummary | None = None
        self.round_trips: dict[str, int] = {}
        self.reason: str | None = None  # why it is cancelled, by default because a person wants it
        self.playbook_dir = Path(playbooks[0].path).parent
        self.run_id = time.strftime("%Y%m%d-%H%M%S-") + uuid.uuid4().hex[:6]
        self.leases = Leases(events.emit)
        self.targets: dict[int, list[Host]] = {}
        for book in playbooks:
            variables = self.variables(book)
            for play in book.plays:
                known = not needs_run(play)
                scope = variables.before_hosts(play)
                self.targets[id(play)] = self.hosts_of(play, scope) if known else []
                if known:
                    render_tags(play.body, scope)

    @property
    def directories(self) -> list[Path]:
        """Return where the playbooks are, those that others import too."""
        plays = (play for book in self.playbooks for play in book.plays)
        return list(dict.fromkeys([self.playbook_dir, *(Path(play.origin.file).parent for play in plays)]))

    @property
    def first_id(self) -> str:
        """Return the id of the run that this one began as, before it was gone on with."""
        return self.recall.first if self.recall else self.run_id

    def variables(self, book: Playbook, states: dict[str, HostState] | None = None) -> Variables:
        """Return the variables of a playbook's plays."""
        return Variables(self.renderer, self.inventory, self.options, Path(book.path).parent, states)

    def notifiers(self) -> list[Any]:
        """Return the notifiers that the playbooks ask for."""
        found: list[Any] = []
        for book in self.playbooks:
            for play in book.plays:
                scope = Scope(self.renderer, [self.options.extra_vars, play.vars or {}])
                found += [rendered(item, scope) for item in play.notifiers]
        return found

    def routes(self) -> list[Any]:
        """Return the routes of the playbooks; templates for messages are rendered when there is one."""
        return [item for book in self.playbooks for play in book.plays for item in play.routes]

    def tasks(self) -> list[Task]:
        """Return the tasks of all plays, in order."""
        return [task for book in self.playbooks for play in book.plays for task in play.tasks()]

    def selected_tasks(self, play: Play) -> list[Task]:
        """Return the tasks of a play that tags let run."""
        options = self.options
        return [task for task in play.tasks() if selected(task.tags, options.tags, options.skip_tags)]

    def find_start(self) -> Task | None:
        """Return the task that `--start-at-task` means: of that name, or matching it as a pattern."""
        wanted = self.options.start_at
        if wanted is None:
            return None
        return next((t for t in self.tasks() if t.name == wanted or fnmatchcase(t.name, wanted)), None)

    def hosts_of(self, play: Play, scope: Scope) -> list[Host]:
        """Return the hosts of a play, cut down by the limit and by an approved plan.

        Raises InputError for a bad pattern.
        """
        hosts, approval = self.wanted_by(play, scope), self.options.approval
        return [host for host in hosts if approval is None or host.name in approval.hosts]

    def wanted_by(self, play: Play, scope: Scope) -> list[Host]:
        """Return the hosts that match a play's patterns and the limit. Raises InputError."""
        patterns = [self.pattern(item, play, scope) for item in play.hosts]
        hosts = select(self.inventory, [str(item) for item in patterns], origin=play.origin)
        if self.options.limit:
            hosts = limit(self.inventory, hosts, self.options.limit)
        return hosts

    def not_approved(self, play: Play, scope: Scope) -> Iterator[Problem]:
        """Yield what there is to say of hosts of a play that are not in the approved plan."""
        if approval := self.options.approval:
            out = [host.name for host in self.wanted_by(play, scope) if host.name not in approval.hosts]
            if out:
                told = ", ".join(out)
                yield Problem(f"not in the approved plan, and not touched by '{play.name}': {told}", None)

    def pattern(self, item: Any, play: Play, scope: Scope) -> Any:
        """Return one pattern of a play's hosts, rendered. Raises InputError when that can't be done."""
        if not is_templated(item):
            return item
        try:
            value = finalize(scope.value(item))
        except TaskError as error:
            place = origin_of(item) or play.origin
            raise InputError.at(place, f"'hosts' of the play: {error.message}") from error
        return ",".join(map(str, value)) if isinstance(value, list) else value  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]

    def unmatched(self, play: Play, scope: Scope) -> Iterator[Problem]:
        """Yield a problem for each part of a play's pattern that matches nothing: it counts for nothing."""
        for item in play.hosts:
            for term in unmatched(self.inventory, str(self.pattern(item, play, scope))):
                place = origin_of(item) or play.origin
                yield Problem(f"no host or group matches '{term}'", place, self.meant(term))

    def mismatches(self) -> list[Problem]:
        """Return what can be said of the patterns of all plays before the run."""
        return [
            problem
            for book in self.playbooks
            for play in book.plays
            if not needs_run(play)
            for problem in self.unmatched(play, self.variables(book).before_hosts(play))
        ]

    def unmatched_limit(self) -> Iterator[Problem]:
        """Yield a problem for each part of the limit that matches nothing."""
        for term in unmatched(self.inventory, read_limit(self.options.limit)) if self.options.limit else ():
            yield Problem(f"--limit: no host or group matches '{term}'", None, self.meant(term))

    def meant(self, term: str) -> str | None:
        """Return which host or group was probably meant."""
        return did_you_mean(term.lstrip("!&"), [*self.inventory.groups, *self.inventory.hosts])

    async def run(self) -> RunSummary:
        """Run all plays and return the summary; it is also the last event.

        Raises:
            InputError: something in the files can't be used, found while a play was set up.
            asyncio.CancelledError: a person stopped the run; the processes on the hosts have ended.
        """
        self.events.subscribe(self.collector)
        names = [book.path for book in self.playbooks if book.path != COMMAND_LINE]
        resumes = self.recall.run_id if self.recall else None
        self.events.emit(RunStarted(self.run_id, names, time.time(), self.options.check, resumes))
        for skip in self.recall.skips if self.recall else ():
            self.steering.take(skip)
        stopped: str | None = None
        interrupted = False
        try:
            with self.renderer.vault.redactor.errors():
                async with Connections() as connections:
                    try:
                        stopped = await self.run_plays(connections)
                    finally:
                        self.round_trips = connections.round_trips()
                    if self.journals and not self.journals.unknown.left and await self.recorded_all():
                        connections.forget([self.journals.run])
        except asyncio.CancelledError:
            stopped = self.reason or self.steering.aborted or "interrupted by a person"
            interrupted = True
            raise
        except InputError as error:
            stopped = f"bad input: {error.problems[0].message}"
            error.late = bool(self.collector.summary().hosts)
            raise
        finally:
            self.summary = self.collector.summary(stopped=stopped, interrupted=interrupted)
            self.summary.not_reached = self.not_reached(self.summary)
            self.events.emit(RunFinished(self.summary, self.details()))
        return self.summary

    async def recorded_all(self) -> bool:
        """Wait until the ledger has all that happened; tell whether it has."""
        return self.recorded is not None and await self.recorded()

    async def run_plays(self, connections: Connections) -> str | None:
        if self.recorded and self.playbooks[0].path != COMMAND_LINE:  # a single task is not gone on with
            tries = self.recall.tries if self.recall else {}
            self.journals = Journals(self.first_id, Unknown(self.unknown, self.ask), tries, self.recorded())
        states: dict[str, HostState] = {}
        limits = Limits(self.options.forks)
        for problem in (*self.inventory.warnings, *self.unmatched_limit()):
            self.events.emit(Warned(problem.message, problem.origin, problem.hint))
        for book in self.playbooks:
            for message, origin in book.warnings:
                self.events.emit(Warned(message, origin))
            variables = self.variables(book, states)
            runner = TaskRunner(
                variables, connections, limits, self.options, self.events.emit, self.run_id, self.leases
            )
            runner.journals = self.journals
            for play in book.plays:
                before = variables.before_hosts(play)
                prompted = answers(play, before, self.options.extra_vars, self.ask)
                scope = variables.before_hosts(play, prompted)
                self.targets[id(play)] = self.hosts_of(play, scope)  # a play before may have added hosts
                for problem in (*self.unmatched(play, scope), *self.not_approved(play, scope)):
                    self.events.emit(Warned(problem.message, problem.origin, problem.hint))
                hosts = [host for host in self.targets[id(play)] if not variables.state(host.name).out]
                first = self.find_start()
                one = PlayRunner(
                    play,
                    runner,
                    hosts,
                    prompted,
                    book.includer,
                    self.steering,
                    first,
                    self.debugger,
                    self.recall,
                )
                await one.run()
                if one.stopped or one.over:
                    return one.stopped
        return None

    def details(self) -> dict[str, Any]:
        """Return what makes commands to go on with complete, and how often each host was waited for."""
        approval = self.options.approval
        chosen = {"--tags": self.options.tags - {"all"}, "--skip-tags": self.options.skip_tags}
        return {
            "recorded": self.journals is not None,
            "inventory": list(self.inventory.sources),
            "options": list(self.options.repeated),
            "round_trips": self.round_trips,
            "selection": [
                *(part for name, tags in chosen.items() if tags for part in (name, ",".join(sorted(tags)))),
                *(("--apply", str(approval.path)) if approval else ()),
            ],
        }

    def not_reached(self, summary: RunSummary) -> list[str]:
        """Return the hosts on which nothing was begun, of plays that have something to do."""
        plays = [play for book in self.playbooks for play in book.plays]
        busy = [play for play in plays if any(not task.meta for task in self.selected_tasks(play))]
        wanted = {host.name: None for play in busy for host in self.targets.get(id(play), ())}
        begun = {
            *summary.hosts,
            *summary.skipped,
            *summary.recalled,
            *(host for hosts in summary.unfinished.values() for host in hosts),
        }
        return [name for name in wanted if name not in begun]


def needs_run(play: Play) -> bool:
    """Tell whether keywords of a play may need what only the run tells: answers of a person, facts."""
    templates = [*play.hosts, *play.keywords.values()]
    return bool(play.prompts) or any(isinstance(one, Template) and "hostvars" in one for one in templates)
