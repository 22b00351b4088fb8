"""One task on the hosts that have come to it: what is done of it already, whose turn it is, what follows."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from functools import partial
from itertools import starmap
from typing import Any

from opsflow.core.errors import InputError, TaskError
from opsflow.core.events import HostFinished, HostRecalled, HostStarted, TaskFinished, TaskStarted
from opsflow.core.results import Status, TaskResult
from opsflow.playbook.include import Includer
from opsflow.playbook.keywords import KEYWORDS
from opsflow.playbook.model import Node, Play, Task
from opsflow.source.excerpt import describe_all
from opsflow.source.values import is_templated, origin_of
from opsflow.templating.render import finalize

from . import effects
from .ahead import Ahead
from .debug import Debugging
from .flights import fits, is_far
from .includes import included_blocks
from .recall import Done, Recall, is_repeated
from .state import HostState
from .steering import NOT_BEGUN, Steering
from .tags import render_tags
from .task import TaskRunner
from .together import together


class Steps:
    """Does the tasks and handlers of a play, each on hosts that have come to it, and moves these on."""

    def __init__(
        self,
        play: Play,
        runner: TaskRunner,
        *,
        includer: Includer,
        select: Callable[[Sequence[Node]], list[Node]],
        limits: Mapping[str, int],
        debugging: Debugging,
        steering: Steering,
        recall: Recall | None,
    ) -> None:
        """
        Args:
            play: whose tasks.
            runner: runs a task on a host.
            includer: reads what tasks include.
            select: returns those of some nodes that tags select.
            limits: how many hosts of a group may be busy at once.
            debugging: stops at tasks for a person.
            steering: what people decide about the run meanwhile.
            recall: what an earlier run has done, which is not done again.
        """
        self.play = play
        self.runner = runner
        self.missed: dict[int, str] = {}
        self.emit = runner.emit
        self.variables = runner.variables
        self.includer = includer
        self.select = select
        self.limits = limits
        self.debugging = debugging
        self.steering = steering
        self.recall = recall
        self.once: dict[object, _Once] = {}

    async def perform(self, task: Task, hosts: list[HostState], batch: list[HostState]) -> None:
        """Do a task or handler on hosts, and let what came of it decide how they go on."""
        self.name(task, hosts[0])
        if self.word(task, "run_once", hosts[0]) or (task.module is not None and task.module.once):
            results = await self.run_once(task, hosts, batch)
        else:
            results = await self.on_hosts(task, hosts)
        for state, result in zip(hosts, results, strict=True):
            if result is not NOT_BEGUN:
                self.settle(task, state, result)
        if any(result.failed for result in results) and self.word(task, "any_errors_fatal", hosts[0]):
            well = [state for state, result in zip(hosts, results, strict=True) if not result.failed]
            for state in [*well, *(state for state in batch if state not in hosts)]:
                if not state.out and not state.cursor.ended:
                    self.fail(state)

    def word(self, task: Task, name: str, state: HostState) -> Any:
        """Return a keyword that decides about all hosts of a task, rendered with one's variables."""
        written = task.keywords.get(name)
        if not is_templated(written):
            return written
        try:
            return KEYWORDS[name].convert(finalize(self.variables.scope(state, task).value(written)))
        except (TaskError, ValueError) as error:
            raise InputError.at(origin_of(written), f"'{name}': {error}") from error

    def name(self, task: Task, state: HostState) -> None:
        """Render a task's name with its first host's variables; a name that can't be is shown as written."""
        if task.title is not None:
            name = self.variables.scope(state, task).value(task.title)
            if isinstance(name, str):
                task.info = task.info._replace(name=name)
        if task.choose is not None:
            module = self.variables.scope(state, task).value(task.choose.name)
            if isinstance(module, str):
                task.info = task.info._replace(module=module)

    async def on_hosts(self, task: Task, hosts: list[HostState]) -> list[TaskResult]:
        """Do a task on hosts, or take what an earlier run has done there."""
        done = [self.recall.take(task, state.name) for state in hosts] if self.recall else [None] * len(hosts)
        new = [state.name for state, earlier in zip(hosts, done, strict=True) if earlier is None]
        if new:
            self.emit(TaskStarted(task.info, new))
        results = await together(starmap(partial(self.on_host, task), zip(hosts, done, strict=True)))
        if new:
            self.emit(TaskFinished(task.info))
        return results

    async def on_host(self, task: Task, state: HostState, done: Done | None = None) -> TaskResult:
        if done:
            return await self.execute(task, state, done=done)
        local = task.module is not None and not task.module.remote
        if local and not task.loop:
            return await self.begin(task, state)
        if not self.limits and not task.keywords.get("throttle"):
            return await self.begin_in(self.runner.limits.forks, task, state)
        names = [state.name, *(group.name for group in self.variables.inventory.groups_of(state.host))]
        try:
            throttle = self.word(task, "throttle", state) or 0
        except InputError as error:  # of this host: the others go on
            return await self.begin(task, state, error)
        turn = self.runner.limits.turn(task.info.key, throttle, names, self.limits)
        return await self.begin_in(turn, task, state)

    async def begin_in(
        self, turn: AbstractAsyncContextManager[object], task: Task, state: HostState
    ) -> TaskResult:
        """Wait for a turn and do a task on a host; the turn lasts as long as anything is under way there."""
        if state.ahead:
            await state.ahead.turn(turn)
            return await self.begin(task, state)
        async with turn:
            return await self.begin(task, state)

    async def begin(self, task: Task, state: HostState, refused: InputError | None = None) -> TaskResult:
        """Do a task on a host whose turn it is, unless a person wants it otherwise."""
        has_begun = state.ahead is not None and state.ahead.next is task
        if self.steering.asked and not has_begun and (await self.held() or state.skipped):
            return NOT_BEGUN
        return await self.execute(task, state, refused)

    async def held(self) -> str | None:
        """Wait as long as a person holds the run, leave out whom they skip, return why they ended it."""
        await self.steering.held()
        for name in self.steering.skipped:
            self.variables.state(name).skipped = True
        return self.steering.aborted

    async def execute(
        self, task: Task, state: HostState, refused: InputError | None = None, done: Done | None = None
    ) -> TaskResult:
        """Do a task on a host and return what came of it; `done` is what came of it in an earlier run."""
        state.count(task)
        if done is None:
            self.emit(HostStarted(task.info, state.name))
        if refused:
            result = _failed(TaskResult(Status.FAILED, {"changed": False}), str(refused))
        elif done and not is_repeated(task, done):
            result = self.runner.restore(task, state, done)
        else:
            result = await self.run(task, state)
        if task.outer is not None and not result.failed:
            result = self.bring(task, state, result)
        effects.register(task, state, result)
        state.did(task, result)
        if result.changed:
            try:
                scope = self.variables.scope(state, task)
                effects.notify(task, state, self.play, self.runner.renderer, scope)
            except TaskError as error:
                result = _failed(result, error.message)
                effects.register(task, state, result)
        rescued = result.status is Status.FAILED and state.cursor.can_be_rescued()
        if done and done.result.status is result.status:
            self.emit(HostRecalled(task.info, state.name, done.source))
        else:
            self.emit(HostFinished(task.info, state.name, result, rescued, result.delegate))
        return result

    async def run(self, task: Task, state: HostState) -> TaskResult:
        ahead = state.ahead
        on_its_way = ahead is not None and (
            ahead.next is task or state.cursor.task() is task
        )  # no handler is
        if ahead and on_its_way and fits(task):
            return await ahead.do(task)
        return await self.debugging.run(task, state, self.play)

    def ahead(self, state: HostState, goes_on: Callable[[], bool]) -> Ahead | None:
        """Return what begins a host's tasks before their turn; None where each waits for the one before."""
        flies = self.runner.flies and self.recall is None and not self.debugging.enabled
        default = self.runner.options.connection.connection
        if flies and is_far(self.variables.scope(state).get("ansible_connection", default)):
            return Ahead(state, self.play, self.runner.run, self.emit, goes_on, self.missed)
        return None

    def bring(self, task: Task, state: HostState, result: TaskResult) -> TaskResult:
        """Read what an include asks for; return its result, a failure when that can't be read."""
        try:
            blocks = included_blocks(task, result, self.includer, self.play, state.roles.keys())
            render_tags(blocks, self.variables.scope(state, task))
        except TaskError as error:
            return _failed(result, error.message)
        except InputError as error:
            return _failed(result, describe_all(error))
        state.brought = [replace(block, body=self.select(block.body)) for block in blocks]
        return result

    async def run_once(self, task: Task, hosts: list[HostState], batch: list[HostState]) -> list[TaskResult]:
        """Run on the first host; the others of the batch get what it registered and found."""
        key = (task.info.key, hosts[0].cursor.position)  # a handler: of the flush that it is due at
        if key not in self.once:
            self.once[key] = self.begin_once(task, hosts[0], batch)
        first, future = self.once[key]
        try:
            result = await asyncio.shield(future)
        except asyncio.CancelledError:
            future.cancel()
            await asyncio.wait([future])
            raise
        if result is NOT_BEGUN:  # another one of them may
            if self.once.get(key, (first, None))[1] is future:
                del self.once[key]
            return [result] * len(hosts)
        for state in hosts:
            if state is not first:
                effects.copy(task, state, result)
        return [result] * len(hosts)

    def begin_once(self, task: Task, first: HostState, batch: list[HostState]) -> _Once:
        by_name = {state.name: state for state in batch}
        earlier = self.recall.take_once(task, by_name) if self.recall else None
        if earlier:
            name, done = earlier
            return by_name[name], asyncio.ensure_future(self.on_host(task, by_name[name], done))
        return first, asyncio.ensure_future(self.on_first(task, first))

    async def on_first(self, task: Task, state: HostState) -> TaskResult:
        self.emit(TaskStarted(task.info, [state.name]))
        result = await self.on_host(task, state)
        self.emit(TaskFinished(task.info))
        return result

    def settle(self, task: Task, state: HostState, result: TaskResult) -> None:
        """Move a host on after its task."""
        if result.status is Status.UNREACHABLE:
            state.unreachable = True
            state.cursor.end()
        elif result.status is Status.FAILED:
            if state.cursor.can_be_rescued():
                state.results["ansible_failed_task"] = {"name": task.own_name, "action": task.info.module}
                state.results["ansible_failed_result"] = result.data
            self.fail(state)
        elif task.info.handler:
            return  # handlers stand beside the tasks
        elif state.brought:
            state.cursor.include(state.brought)
            state.brought = []
        else:
            state.cursor.advance()

    def fail(self, state: HostState) -> None:
        if not state.cursor.fail() and state.cursor.failed:
            state.failed = True


def _failed(result: TaskResult, message: str) -> TaskResult:
    """Return a result as a failure; what was hidden stays hidden."""
    return replace(result, status=Status.FAILED, data={**result.data, "failed": True, "msg": message})


_Once = tuple[HostState, asyncio.Future[TaskResult]]
