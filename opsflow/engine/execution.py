"""A task on a host while it runs: conditions, loop, attempts, the module, and what is made of its result."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, NamedTuple

from jinja2 import UndefinedError

from opsflow.connection.channel import Options
from opsflow.connection.session import Session
from opsflow.connection.settings import Become
from opsflow.core.errors import TaskError, Unreachable
from opsflow.core.events import HostRetry, ItemFinished
from opsflow.core.results import Status, TaskResult
from opsflow.modules.async_status import DIRECTORY as JOB_DIRECTORY
from opsflow.modules.base.module import Module, ModuleArgs
from opsflow.playbook.model import Loop, Task
from opsflow.source.values import is_templated
from opsflow.templating.scope import Scope
from opsflow.templating.waiting import apart

from . import effects
from .arguments import WrongOptions, environment, keyword, module_of
from .context import Context
from .flights import PLACE, Begun, in_flight, is_far, is_one_call
from .journal import Journal
from .loops import LoopControl, items_of
from .outcomes import (
    SKIPPED,
    bare,
    combined,
    failure,
    path_of,
    placed,
    status_of,
    unreachable,
)
from .reach import KEYWORDS as REACH
from .state import HostState

if TYPE_CHECKING:
    from .task import TaskRunner

RECORDED = 64 * 1024
"""Bytes of small files, before and after, that a module's call may tell for the record."""
_JOB_GRACE = 10.0
"""Seconds that a detached task has, after its limit, to be ended and tell so."""


class _Item(NamedTuple):
    """One item of a loop that is done: its variables, what it saw of all others, and what came of it."""

    local: Mapping[str, Any]
    scope: Scope
    data: dict[str, Any]
    hidden: bool


class Execution:
    """A task on a host while it runs."""

    def __init__(
        self,
        runner: TaskRunner,
        task: Task,
        state: HostState,
        typed: Mapping[str, Any],
        begun: Begun | None = None,
    ) -> None:
        self.runner = runner
        self.typed = typed
        self.begun = begun
        self.emit = begun.tell if begun else runner.emit
        self.renderer = runner.renderer
        self.task = task
        self.state = state
        written = task.keywords.get("no_log")
        self.no_log = written is True or is_templated(written)  # hidden as long as nobody knows
        self.ignored = task.keywords.get("ignore_errors") is True
        self.missed = False  # an unreachable host is ignored
        self.delegate: str | None = None
        self.paths: list[str] = []
        self.before_after: list[list[Mapping[str, Any]]] = []
        self.journal: Journal | None = None
        if runner.journals and task.module is not None and task.module.remote:
            once = not task.module.repeatable
            name, number = task.info.module, state.counted(task)
            self.journal = runner.journals.of(state.name, name, task.own_name, number, once=once)

    async def run(self) -> dict[str, Any]:
        task = self.task
        scope = self.scope()
        if task.loop is None:
            self.no_log = bool(keyword(self.task, "no_log", scope, False))
            return await self.item(scope)
        try:
            items = await apart(items_of, task.loop, self.renderer, scope)
        except (TaskError, UndefinedError):
            # An undefined list is an error only where the conditions let the task run.
            if (false := await apart(self.false_condition, scope)) is not None:
                return {**SKIPPED, "false_condition": false}
            raise
        return await self.loop(items, task.loop, scope)

    def scope(self, **local: Any) -> Scope:
        scope = self.runner.variables.scope(self.state, self.task, **{**self.typed, **local})
        return scope.over(self.begun.unseen) if self.begun and self.begun.unseen else scope

    async def loop(self, items: list[Any], loop: Loop, scope: Scope) -> dict[str, Any]:
        if not items:
            return {
                "changed": False,
                "skipped": True,
                "skipped_reason": "No items in the list",
                "results": [],
            }
        control = LoopControl(loop.control, scope)
        results: list[dict[str, Any]] = []
        hidden = False
        async with aclosing(self.items(control, items, scope)) as done:
            async for item in done:
                hidden = hidden or item.hidden
                item.data.update(item.local)
                self.show_item(item, control.label(item.scope, items[len(results)]))
                results.append(item.data)
                if item.data.get("unreachable") or self.stop_loop(control, item.scope, item.data):
                    break
        self.no_log = hidden  # the task's result holds those of all items
        return combined(results)

    def items(self, control: LoopControl, items: list[Any], scope: Scope) -> AsyncGenerator[_Item]:
        """Yield what comes of each item; where none waits for another, all go to the host in one flight."""
        variables = control.variables(items)
        flies = self.runner.flies and is_one_call(self.task) and is_far(scope.get("ansible_connection"))
        return in_flight(variables, self.attempt_item, self.begun) if flies else self.each(variables, control)

    async def each(
        self, variables: Iterable[Mapping[str, Any]], control: LoopControl
    ) -> AsyncGenerator[_Item]:
        if self.begun:
            await self.begun.leave()
            PLACE.set(None)
        for number, local in enumerate(variables):
            if number and control.pause:
                await asyncio.sleep(control.pause)
            yield await self.attempt_item(local)

    async def attempt_item(self, local: Mapping[str, Any]) -> _Item:
        """Run one item: its failure is its result, the other items go on."""
        scope = self.scope(**local)
        self.no_log = True
        self.no_log = hidden = bool(keyword(self.task, "no_log", scope, False))
        try:
            data = dict(await self.item(scope))
        except TaskError as error:
            data = failure(error)
        except UndefinedError as error:
            data = failure(TaskError(error.message or "undefined"))
        except Unreachable as error:
            data = unreachable(error)
        return _Item(local, scope, data, hidden)

    def stop_loop(self, control: LoopControl, scope: Scope, data: dict[str, Any]) -> bool:
        inner = self.registered(scope, data)
        conditions = control.break_when
        return bool(conditions) and all(self.renderer.condition(condition, inner) for condition in conditions)

    def show_item(self, item: _Item, label: str) -> None:
        result = TaskResult(status_of(item.data, self.ignored), item.data, censored=item.hidden)
        shown = "(hidden: no_log)" if item.hidden else label
        self.emit(ItemFinished(self.task.info, self.state.name, shown, result))

    # one item

    async def item(self, scope: Scope) -> dict[str, Any]:
        if (false := await apart(self.false_condition, scope)) is not None:
            return {**SKIPPED, "false_condition": false}
        self.ignored = self.ignored or bool(keyword(self.task, "ignore_errors", scope, False))
        self.missed = self.missed or bool(keyword(self.task, "ignore_unreachable", scope, False))
        delegate = keyword(self.task, "delegate_to", scope, None)
        self.delegate = None if delegate is None else str(delegate)
        if self.delegate is not None:
            scope = self.runner.variables.delegated(scope, self.state, self.task, self.delegate)
        try:
            module, args = await apart(module_of, self.task, scope)
        except WrongOptions as error:
            return self.judged(failure(error), scope)
        for secret in args.secrets():
            self.renderer.vault.redactor.add(secret)
        retries = keyword(self.task, "retries", scope, None)
        until = self.task.keywords.get("until") or ()
        attempts = 1 + max(0, retries if retries is not None else 3 if until else 0)
        data: dict[str, Any] = {}
        for attempt in range(1, attempts + 1):
            counted = {"attempts": attempt} if attempts > 1 else {}
            data = await self.attempt(module, args, scope, counted)
            if self.is_done(until, scope, data, attempts):
                break
            if attempt == attempts:
                # Ansible counts the attempts of a success, but only the retries of a failure.
                data.update(failed=True, attempts=attempts - 1)
                break
            result = TaskResult(Status.FAILED, data, censored=self.no_log)
            self.runner.emit(HostRetry(self.task.info, self.state.name, attempt, attempts, result))
            await asyncio.sleep(max(0.0, keyword(self.task, "delay", scope, 5.0)))
        if module.remote and data.get("changed") and (path := path_of(args)):
            self.paths.append(path)
        return data

    def is_done(self, until: Any, scope: Scope, data: dict[str, Any], attempts: int) -> bool:
        if attempts == 1:
            return True
        if not until:
            return not data.get("failed")
        inner = self.registered(scope, data)
        return all(self.renderer.condition(condition, inner) for condition in until)

    async def attempt(
        self, module: Module, args: ModuleArgs, scope: Scope, counted: Mapping[str, int]
    ) -> dict[str, Any]:
        """Run the module once and judge what it returned, with the number of the attempt."""
        try:
            data = await self.call(module, args, scope)
        except TaskError as error:
            data = failure(error)
        if data.get("rc") not in (None, 0) and "failed" not in data:
            data["failed"] = True
        data.setdefault("failed", False)
        data.setdefault("changed", False)
        data.update(counted)
        for stream in ("stdout", "stderr"):
            if isinstance(data.get(stream), str):
                data.setdefault(f"{stream}_lines", data[stream].splitlines())
        if not module.remote:  # what a host says never changes the inventory
            self.runner.variables.grow(self.state, data)
        self.judge(data, scope)
        if "ansible_facts" in data and (self.begun is None or self.begun.turn.is_set()):
            effects.take_facts(self.task, self.owner_of_facts(scope), data)
        return data

    def owner_of_facts(self, scope: Scope) -> HostState:
        """Return the host that facts belong to: the delegate where `delegate_facts` says so."""
        if self.delegate is None or not keyword(self.task, "delegate_facts", scope, False):
            return self.state
        return self.runner.variables.delegate(self.delegate)

    def judged(self, data: dict[str, Any], scope: Scope) -> dict[str, Any]:
        self.judge(data, scope)
        return data

    def judge(self, data: dict[str, Any], scope: Scope) -> None:
        """Apply `changed_when` and `failed_when`."""
        if data.get("skipped"):
            return
        for word, key in (("changed_when", "changed"), ("failed_when", "failed")):
            conditions = self.task.keywords.get(word)
            if conditions:
                inner = self.registered(scope, data)
                try:
                    data[key] = all(self.renderer.condition(condition, inner) for condition in conditions)
                except TaskError as error:  # what the module did is told all the same
                    data.update(failed=True, **{f"{word}_result": error.message}, msg=placed(error))
                    return
                if key == "failed":
                    data["failed_when_result"] = data[key]

    def registered(self, scope: Scope, data: dict[str, Any]) -> Scope:
        """Return a scope in which the task's own result can be seen."""
        if self.task.register is None:
            return scope
        return scope.over({self.task.register: data, **bare(data.get("ansible_facts"))})

    async def call(self, module: Module, args: ModuleArgs, scope: Scope) -> dict[str, Any]:
        check = keyword(self.task, "check_mode", scope, self.runner.options.check)
        if check and not module.check_mode:
            return {**SKIPPED, "msg": "the module can't tell what it would do, so check mode skips it"}
        asked = keyword(self.task, "diff", scope, None)
        diff = self.runner.options.diff if asked is None else asked
        options = Options(check, diff, environment(self.task, scope))
        if self.runner.options.record_files and asked is None and not (diff or check or self.no_log):
            options.record = RECORDED
        if not check and (seconds := keyword(self.task, "async", scope, 0)):
            options.detach = seconds
            options.job_directory = str(scope.get("ansible_async_dir") or JOB_DIRECTORY)
        context = self.context(module, scope, options)
        self.before_after.append(context.before_after)
        limit = keyword(self.task, "timeout", scope, 0) or None
        try:
            async with asyncio.timeout(limit):
                data = await module.run(context, args)
                if self.journal and self.journal.changed_before:
                    data["changed"] = True
                return await self.await_job(context, data, scope) if options.detach else data
        except TimeoutError:
            raise TaskError(
                f"the task was stopped after its time limit of {limit} s",
                data={"timedout": {"period": limit}},
            ) from None

    async def await_job(self, context: Context, job: dict[str, Any], scope: Scope) -> dict[str, Any]:
        """Wait for a detached task; with `poll: 0` its job id is the result."""
        poll = keyword(self.task, "poll", scope, 15)
        limit, context.options.detach = context.options.detach, 0
        if poll <= 0:
            return job
        arguments = {"jid": job["ansible_job_id"], "directory": context.options.job_directory}
        loop, pause = asyncio.get_running_loop(), 0.05
        deadline = loop.time() + limit + _JOB_GRACE
        while loop.time() < deadline:
            await asyncio.sleep(pause)
            pause = min(pause * 2, float(poll))
            data = await context.call("jobs.status", arguments)
            if data["finished"]:
                await context.call("jobs.status", {**arguments, "mode": "cleanup"})
                return data
        raise TaskError(f"the task was not done within its time limit of {limit} s", data=job)

    def context(self, module: Module, scope: Scope, options: Options) -> Context:
        host, target = self.state.name, scope
        if self.delegate is not None:
            host = self.delegate
            target = self.runner.variables.scope(self.runner.variables.delegate(host), self.task)
        session: Session | None = None
        become: Become | None = None
        if module.remote:
            session, become = self.reach(host, target, scope)
        return Context(
            info=self.task.info,
            run_id=self.runner.run_id,
            limits=self.runner.limits,
            shown=self.state.name,
            host=host,
            scope=scope,
            renderer=self.renderer,
            emit=self.emit,
            place=PLACE.get(),
            session=session,
            leases=self.runner.leases,
            journal=self.journal,
            become=become,
            options=options,
            quiet=self.no_log,
            verbosity=self.runner.options.verbosity,
            delegated=self.delegate is not None,
            planning=self.runner.options.planning,
            approval=self.runner.options.approval,
        )

    def reach(self, name: str, target: Scope, scope: Scope) -> tuple[Session, Become | None]:
        """Return the session with a host, and whom to become there."""
        words = {key: keyword(self.task, key, scope, None) for key in REACH if key in self.task.keywords}
        return self.runner.reach.session(name, target, words)

    def false_condition(self, scope: Scope) -> str | bool | None:
        """Return the first of the task's conditions that does not hold, None when all do."""
        for condition in self.task.when:
            if not self.renderer.condition(condition, scope):
                return condition if isinstance(condition, bool) else str(condition)
        return None
