"""A run: playbooks on an inventory, from the first check to the summary."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from opsflow.connection.pool import Connections
from opsflow.core.collect import Collector
from opsflow.core.errors import InputError, TaskError
from opsflow.core.events import Events, RunFinished, RunStarted, Warned
from opsflow.core.origin import COMMAND_LINE
from opsflow.core.results import RunSummary
from opsflow.inventory.model import Host, Inventory
from opsflow.inventory.patterns import limit, select
from opsflow.playbook.model import Play, Task
from opsflow.playbook.parse import Playbook
from opsflow.source.values import is_templated, origin_of
from opsflow.templating.render import Renderer, finalize, rendered
from opsflow.templating.scope import Scope

from .limits import Limits
from .options import RunOptions
from .play import PlayRunner
from .state import HostState
from .tags import selected
from .task import TaskRunner
from .variables import Variables

Ask = Callable[[Mapping[str, Any]], str]
"""Asks a person for the value of a `vars_prompt` entry."""


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
        self.summary: RunSummary | None = None
        self.playbook_dir = Path(playbooks[0].path).parent
        self.run_id = time.strftime("%Y%m%d-%H%M%S-") + uuid.uuid4().hex[:6]
        self.targets = {id(play): self.hosts_of(play) for book in playbooks for play in book.plays}

    def notifiers(self) -> list[Any]:
        """Return the notifiers that the playbooks ask for."""
        found: list[Any] = []
        for book in self.playbooks:
            for play in book.plays:
                scope = Scope(self.renderer, [self.options.extra_vars, play.vars or {}])
                found += [rendered(item, scope) for item in play.notifiers]
        return found

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

    def hosts_of(self, play: Play) -> list[Host]:
        """Return the hosts of a play, cut down by the limit. Raises InputError for a bad pattern."""
        patterns = [self.pattern(item, play) for item in play.hosts]
        hosts = select(self.inventory, [str(item) for item in patterns], origin=play.origin)
        if self.options.limit:
            hosts = limit(self.inventory, hosts, self.options.limit)
        return hosts

    def pattern(self, item: Any, play: Play) -> Any:
        if not is_templated(item):
            return item
        scope = Scope(self.renderer, [self.options.extra_vars, play.vars or {}])
        try:
            value = finalize(scope.value(item))
        except TaskError as error:
            place = origin_of(item) or play.origin
            raise InputError.at(place, f"'hosts' of the play: {error.message}") from error
        return ",".join(map(str, value)) if isinstance(value, list) else value  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]

    async def run(self) -> RunSummary:
        """Run all plays and return the summary; it is also the last event.

        Raises:
            InputError: something in the files can't be used, found while a play was set up.
            asyncio.CancelledError: a person stopped the run; the processes on the hosts have ended.
        """
        self.events.subscribe(self.collector)
        names = [book.path for book in self.playbooks if book.path != COMMAND_LINE]
        self.events.emit(RunStarted(self.run_id, names, time.time(), self.options.check))
        stopped: str | None = None
        interrupted = False
        try:
            with self.renderer.vault.redactor.errors():
                async with Connections() as connections:
                    stopped = await self.run_plays(connections)
        except asyncio.CancelledError:
            stopped, interrupted = "interrupted by a person", True
            raise
        except InputError as error:
            stopped = f"bad input: {error.problems[0].message}"
            error.late = bool(self.collector.summary().hosts)
            raise
        finally:
            self.summary = self.collector.summary(stopped=stopped, interrupted=interrupted)
            self.summary.not_reached = self.not_reached(self.summary)
            self.events.emit(RunFinished(self.summary, {"inventory": list(self.inventory.sources)}))
        return self.summary

    async def run_plays(self, connections: Connections) -> str | None:
        states: dict[str, HostState] = {}
        limits = Limits(self.options.forks)
        for problem in self.inventory.warnings:
            self.events.emit(Warned(problem.message, problem.origin))
        for book in self.playbooks:
            for message, origin in book.warnings:
                self.events.emit(Warned(message, origin))
            variables = Variables(self.renderer, self.inventory, self.options, Path(book.path).parent, states)
            runner = TaskRunner(variables, connections, limits, self.options, self.events.emit)
            for play in book.plays:
                self.targets[id(play)] = self.hosts_of(play)  # a play before may have added hosts
                hosts = [host for host in self.targets[id(play)] if not variables.state(host.name).out]
                one = PlayRunner(play, runner, hosts, self.prompted(play), book.includer, self.find_start())
                await one.run()
                if one.stopped or one.over:
                    return one.stopped
        return None

    def prompted(self, play: Play) -> dict[str, Any]:
        """Ask for the play's prompts; those that `-e` gives are not asked for."""
        found: dict[str, Any] = {}
        for prompt in play.prompts:
            name = str(prompt["name"])
            if name not in self.options.extra_vars:
                found[name] = self.ask(prompt) if self.ask else prompt.get("default", "")
        return found

    def not_reached(self, summary: RunSummary) -> list[str]:
        """Return the hosts of the plays on which nothing was begun."""
        wanted = {host.name: None for hosts in self.targets.values() for host in hosts}
        begun = {*summary.hosts, *(host for hosts in summary.unfinished.values() for host in hosts)}
        return [name for name in wanted if name not in begun]
