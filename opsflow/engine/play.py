"""One play: its hosts in batches, and in each batch the tasks by the play's strategy."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from opsflow.core.errors import InputError, TaskError
from opsflow.core.events import (
    BatchFinished,
    BatchStarted,
    ErrorsCleared,
    Event,
    PlayFinished,
    PlayStarted,
    TaskInfo,
    Warned,
)
from opsflow.inventory.model import Host
from opsflow.modules.base.module import find_module
from opsflow.playbook.include import Includer
from opsflow.playbook.keywords import KEYWORDS
from opsflow.playbook.model import Block, Node, Play, Task, task_keys
from opsflow.source.values import Map, is_templated

from .cursor import Cursor
from .debug import Debugger, Debugging
from .options import RunOptions
from .recall import Recall
from .state import HostState
from .steering import Steering
from .steps import Steps
from .tags import render_tags, selected
from .task import TaskRunner
from .together import together
from .vars_files import load_vars_files
from .waves import cut, in_order, play_keyword


class PlayRunner:
    """Runs one play.

    `stopped` is the reason when a threshold ended it, and `over` says that every host of a wave failed:
    in both cases the run ends with it.
    """

    def __init__(
        self,
        play: Play,
        runner: TaskRunner,
        hosts: list[Host],
        prompted: Mapping[str, Any],
        includer: Includer,
        steering: Steering,
        first: Task | None = None,
        debugger: Debugger | None = None,
        recall: Recall | None = None,
    ) -> None:
        """`first` is the task at which the run begins, by `--start-at-task`; a `debugger` stops at tasks.

        What `recall` knows is not done again.
        """
        self.play = play
        self.runner = runner
        self.options: RunOptions = runner.options
        self.emit: Callable[[Event], None] = runner.emit
        self.variables = runner.variables
        self.prompted = prompted
        self.scope = runner.variables.before_hosts(play, prompted)
        render_tags(play.body, self.scope)
        self.names = [host.name for host in hosts]
        ordered = in_order(hosts, self.keyword("order", "inventory"))
        self.states = [self.variables.state(host.name) for host in ordered]
        self.steering = steering
        self.files: dict[Path, Any] = {}
        self.first = first.info.key if first else 0
        self.facts_key = 0
        enabled = self.options.debugger or self.keyword("strategy") == "debug"
        self.steps = Steps(
            play,
            runner,
            includer=includer,
            select=self.selected,
            limits=self.keyword("limits") or {},
            debugging=Debugging(runner, debugger, enabled),
            steering=steering,
            recall=recall,
        )
        self.stopped: str | None = None
        self.over = False
        self.ended = False
        self.body = self.selected(play.body)

    # the play

    async def run(self) -> None:
        if await self.aborted():
            return
        play = self.play
        play.name = self.title()
        names = [state.name for state in self.states]
        self.variables.playing(play, self.names)
        for state in self.states:
            state.ended = False
        waves = not self.options.planning  # all hosts tell what they would do, at once
        batches = cut(self.states, (waves and self.keyword("serial")) or [])
        self.emit(PlayStarted(play.name, names, len(batches)))
        if not self.states:
            self.emit(Warned(f"the play '{play.name}' matches no host", play.origin))
        for number, batch in enumerate(batches, 1):
            if await self.aborted():
                break
            active = [state for state in batch if not state.out]
            self.emit(BatchStarted(number, len(batches), [state.name for state in active]))
            await self.run_batch(active)
            failed = [state.name for state in active if state.failed or state.unreachable]
            self.emit(BatchFinished(number, len(batches), failed))
            self.over = bool(failed) and len(failed) == sum(not state.skipped for state in active)
            if self.stopped or self.over or self.ended:
                break
        self.emit(PlayFinished(play.name, self.stopped))

    async def aborted(self) -> bool:
        """Wait as long as a person holds the run; tell whether they ended it."""
        if not self.steering.asked:
            return False
        reason = await self.steps.held()
        self.stopped = reason or self.stopped
        return reason is not None

    def keyword(self, name: str, default: Any = None) -> Any:
        """Return a keyword of the play, rendered with what is known before any host."""
        value = play_keyword(self.play, name, self.scope)
        return default if value is None else value

    def title(self) -> str:
        """Return the play's name; one that can't be rendered is shown as written."""
        try:
            return str(self.keyword("name", self.play.name))
        except InputError:
            return self.play.name

    def selected(self, nodes: Sequence[Node]) -> list[Node]:
        """Return the tasks that tags select, in their blocks."""
        found: list[Node] = []
        for node in nodes:
            if isinstance(node, Task):
                begun = node.info.key >= self.first
                if node.implicit or (
                    begun and selected(node.tags, self.options.tags, self.options.skip_tags)
                ):
                    found.append(node)
            else:
                body, rescue, always = map(self.selected, (node.body, node.rescue, node.always))
                if body or always:
                    found.append(Block(node.origin, body, rescue, always, node.local))
        return found

    # a batch

    async def run_batch(self, batch: list[HostState]) -> None:
        self.variables.play.batch = [state.name for state in batch]
        facts = self.fact_task()
        for state in batch:
            state.play_layers = self.layers(state)
            state.notified.clear()
            state.roles.clear()
            known = state.gathered and self.options.smart_gathering
            state.cursor = Cursor(self.body if known else [*facts, *self.body])
        self.steps.once.clear()
        strategy = self.keyword("strategy", "linear")
        alone = strategy == "linear" and len(batch) == 1
        if strategy in ("linear", "debug") and not alone:
            await self.linear(batch, batch)
        else:
            await together(self.free(state, batch) for state in batch)
        self.check_thresholds(batch)
        if self.keyword("force_handlers"):
            await self.forced_handlers([s for s in batch if s.failed and not s.unreachable], batch)

    def fact_task(self) -> list[Node]:
        """Return the task that gathers facts, unless the play does without."""
        if not self.keyword("gather_facts", True):
            return []
        own = ("gather_subset", "gather_timeout")
        args = {key: self.keyword(key) for key in own if self.play.keywords.get(key) is not None}
        if "fact_path" in self.play.keywords:
            args["fact_path"] = self.keyword("fact_path")
        module = find_module("gather_facts")
        origin = self.play.origin
        words = {key: value for key, value in self.play.keywords.items() if KEYWORDS[key].inherited}
        words.pop("run_once", None)
        self.facts_key = next(task_keys)
        task = Task(
            TaskInfo(self.facts_key, "Gathering Facts", "gather_facts", origin),
            origin,
            module,
            Map(origin),
            words,
            frozenset({"always"}),
            environment=tuple(self.play.keywords.get("environment") or ()),
            static_args=module.Args.model_validate(args),
        )
        return [task] if selected(task.tags, self.options.tags, self.options.skip_tags) else []

    def layers(self, state: HostState) -> list[Mapping[str, Any]]:
        """Return the play's variables for a host, the strongest first: vars_files, prompts, vars."""
        state.play_layers = [self.prompted, self.play.vars or {}]
        scope = self.variables.scope(state)
        files = load_vars_files(self.play, scope, self.files, facts=bool(state.facts))
        return [*(values for _, values in reversed(files)), *state.play_layers]

    # strategies

    async def linear(self, hosts: list[HostState], batch: list[HostState]) -> None:
        """All hosts do a task before any does the next: the earliest open task is always the next one."""
        while not self.stopped and not self.ended:
            if await self.aborted():
                break
            due = [(state, task) for state in hosts if not state.out and (task := state.next_task())]
            if not due:
                break
            first = min(state.cursor.position for state, _ in due)
            chosen = next(task for state, task in due if state.cursor.position == first)
            # Hosts may have included different files in the same place: those go one after the other.
            ready = [s for s, task in due if task is chosen and s.cursor.position == first]
            await self.step(chosen, ready, batch)
            self.check_thresholds(batch)

    async def free(self, state: HostState, batch: list[HostState]) -> None:
        """A host goes on with its tasks whatever the others do."""
        ahead = state.ahead = self.steps.ahead(state, lambda: not self.is_held(state))
        if ahead:
            self.steering.heeding.append(ahead.drop)
        try:
            while True:
                await self.take_begun(state, batch)
                if self.stopped or self.ended or await self.aborted():
                    break
                task = None if state.out else state.next_task()
                if task is None:
                    break
                await self.step(task, [state], batch)
                self.check_thresholds(batch)
        finally:
            state.ahead = None
            if ahead:
                self.steering.heeding.remove(ahead.drop)
                await ahead.close()

    async def take_begun(self, state: HostState, batch: list[HostState]) -> None:
        """Where a host does not go on as it was to, take what it had begun by then: that counts."""
        ahead = state.ahead
        while ahead and ahead.next:
            task = None if state.out else state.next_task()
            if ahead.next is task and not self.is_held(state):
                return
            await ahead.stop()
            if task and ahead.next is task:
                await self.step(task, [state], batch)
                self.check_thresholds(batch)
            elif ahead.next:
                await self.steps.on_hosts(ahead.next, [state])
        if ahead:
            await ahead.land()

    def is_held(self, state: HostState) -> bool:
        """Tell whether nothing more may begin on a host now."""
        return self.stopped is not None or self.ended or self.steering.holds(state.name)

    async def step(self, task: Task, hosts: list[HostState], batch: list[HostState]) -> None:
        """Do one task on all hosts that have come to it, and move them on."""
        if task.meta:
            await self.meta(task, hosts, batch)
            return
        await self.steps.perform(task, hosts, batch)
        if task.info.key == self.facts_key and any(map(is_templated, self.play.vars_files)):
            for state in hosts:  # files may be named by facts
                state.play_layers = self.layers(state)

    def check_thresholds(self, batch: list[HostState]) -> None:
        """Stop when more hosts of the batch have failed than `max_fail_percentage` allows.

        Hosts in an `always` section count when they have left it, unreachable ones not at all, as in Ansible.
        """
        for state in batch:
            if state.cursor.failed:
                state.failed = True
        limit = self.keyword("max_fail_percentage")
        if limit is None or not batch or self.options.planning:
            return
        failed = [state.name for state in batch if state.failed]
        percent = 100 * len(failed) / len(batch)
        if percent > limit:
            self.stopped = (
                f"{len(failed)} of {len(batch)} hosts of the wave failed ({percent:.0f} %), "
                f"more than max_fail_percentage {limit:g} allows"
            )
            for state in batch:
                if state.ahead:
                    state.ahead.drop()

    # meta tasks and handlers

    async def meta(self, task: Task, hosts: list[HostState], batch: list[HostState]) -> None:
        if task.meta in _FOR_ALL:  # the first host's condition decides, as in Ansible
            chosen = hosts if self.wanted(task, hosts[0]) else []
        else:
            chosen = [state for state in hosts if self.wanted(task, state)]
        for state in hosts:
            state.cursor.advance()
        if task.meta == "flush_handlers":
            await self.handlers(chosen, batch)
        elif task.meta == "end_play" and chosen:
            self.ended = True
        elif task.meta == "end_batch" and chosen:
            for state in batch:
                state.cursor.end()
        elif task.meta == "clear_host_errors" and chosen:
            for state in batch:
                state.failed = state.unreachable = False
                state.cursor.forgive()
            self.emit(ErrorsCleared([state.name for state in batch]))
        elif task.meta == "clear_facts" and chosen:
            for state in self.states:
                state.clear_facts()
        else:
            await self.meta_of_hosts(task, chosen)

    async def meta_of_hosts(self, task: Task, hosts: list[HostState]) -> None:
        if task.meta == "refresh_inventory" and hosts:
            await self.variables.refresh()
        for state in hosts:
            if task.meta == "end_host":
                state.cursor.end()
                state.ended = True
            elif task.meta == "end_role" and task.role:
                state.cursor.leave(task.role)
            elif task.meta == "reset_connection":
                await self.runner.connections.reset(state.name)

    def wanted(self, task: Task, state: HostState) -> bool:
        scope = self.variables.scope(state, task)
        try:
            return all(self.runner.renderer.condition(condition, scope) for condition in task.when)
        except TaskError as error:
            raise InputError.at(task.origin, f"the condition of 'meta: {task.meta}': {error}") from error

    async def handlers(self, hosts: list[HostState], batch: list[HostState]) -> None:
        """Run due handlers in the order in which they are defined; one may notify those after it."""
        for handler in self.play.handlers:
            if await self.aborted():
                return
            due = [s for s in hosts if handler.info.key in s.notified and not (s.unreachable or s.skipped)]
            if not due:
                continue
            for state in due:
                state.notified.discard(handler.info.key)
            if handler.meta:
                await self.meta_of_hosts(handler, due)
                hosts = [state for state in hosts if not state.ended]
                continue
            await self.steps.perform(handler, due, batch)
            for state in due:
                if state.out:
                    state.notified.clear()
            await self.included_handlers(due, batch)
            hosts = [state for state in hosts if not state.out]

    async def forced_handlers(self, hosts: list[HostState], batch: list[HostState]) -> None:
        """Run due handlers on failed hosts, as if they had not failed."""
        for state in hosts:
            state.failed = False
        await self.handlers(hosts, batch)
        for state in hosts:
            state.failed = True

    async def included_handlers(self, hosts: list[HostState], batch: list[HostState]) -> None:
        """Run the tasks that handlers included, on the hosts that are still there."""
        bringing = [state for state in hosts if state.brought and not state.out]
        cursors = {state.name: state.cursor for state in bringing}
        for state in bringing:
            state.cursor = Cursor(list(state.brought), above=state.cursor.position)
            state.brought = []
        await self.linear(bringing, batch)
        for state in bringing:
            state.cursor = cursors[state.name]


_FOR_ALL = ("clear_facts", "clear_host_errors", "end_batch", "end_play")
"""Meta tasks that are done once for all hosts."""
