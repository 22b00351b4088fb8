"""One task on one host: conditions, loop, attempts, the module, and what becomes of its result."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from contextlib import aclosing
from itertools import chain
from typing import Any, NamedTuple

from jinja2 import UndefinedError
from pydantic import ValidationError

from opsflow.connection.channel import Options
from opsflow.connection.pool import Connections
from opsflow.connection.session import Session
from opsflow.connection.settings import Become
from opsflow.core.early import NotYet
from opsflow.core.errors import InputError, OpsFlowError, TaskError, Unreachable
from opsflow.core.events import Event, HostRetry, ItemFinished
from opsflow.core.leases import HostTaken
from opsflow.core.results import Status, TaskResult
from opsflow.modules.async_status import DIRECTORY as JOB_DIRECTORY
from opsflow.modules.base.module import Module, ModuleArgs, short_name
from opsflow.modules.setup import NAMES as FACT_MODULES
from opsflow.playbook.keywords import KEYWORDS, to_list
from opsflow.playbook.model import Choose, Loop, Play, Task
from opsflow.source.values import is_templated, origin_of
from opsflow.templating.environment import Undefined
from opsflow.templating.kinds import type_name
from opsflow.templating.render import Renderer, finalize
from opsflow.templating.scope import OMIT, Scope
from opsflow.templating.waiting import apart

from . import effects
from .context import Context
from .flights import PLACE, Begun, in_flight, is_far, is_one_call
from .journal import Journal, Journals
from .leases import Leases
from .limits import Limits
from .loops import LoopControl, items_of
from .options import RunOptions
from .outcomes import (
    SKIPPED,
    bare,
    bug,
    combined,
    failure,
    invalid,
    path_of,
    placed,
    status_of,
    taken,
    unreachable,
)
from .reach import KEYWORDS as REACH
from .reach import Reach
from .recall import Done
from .state import HostState
from .variables import Variables

RECORDED = 64 * 1024
"""Bytes of small files, before and after, that a module's call may tell for the record."""


class _WrongOptions(TaskError):
    """The module refuses its options; `failed_when` may see it otherwise."""


class TaskRunner:
    """Runs tasks of a run on its hosts, one task on one host at a time."""

    def __init__(
        self,
        variables: Variables,
        connections: Connections,
        limits: Limits,
        options: RunOptions,
        emit: Callable[[Event], None],
        run_id: str,
        leases: Leases,
    ) -> None:
        self.run_id = run_id
        self.leases = leases
        self.journals: Journals | None = None  # where results are recorded
        self.variables = variables
        self.renderer: Renderer = variables.renderer
        self.connections = connections
        self.limits = limits
        self.reach = Reach(connections, options.connection)
        self.options = options
        self.emit = emit
        self.flies = not options.planning and options.approval is None  # those take several calls

    async def run(
        self,
        task: Task,
        state: HostState,
        play: Play,
        typed: Mapping[str, Any] | None = None,
        begun: Begun | None = None,
    ) -> TaskResult:
        """Run a task on a host and return its result; registered values are not stored yet.

        Nothing that goes wrong on the host, in a template or in an option is raised: it is the result.

        Args:
            task: the task.
            state: the host.
            play: the play that it belongs to.
            typed: variables that a person set in the debugger: they outrank all others.
            begun: the task as part of a flight, where it is one.

        Raises NotYet where a task that has begun before its turn has to begin anew.
        """
        started = time.perf_counter()
        execution = _Execution(self, task, state, typed or {}, begun)
        try:
            data = await execution.run()
        except TaskError as error:
            data = failure(error)
        except Unreachable as error:
            data = unreachable(error)
        except HostTaken as error:
            if begun and not begun.turn.is_set():
                raise NotYet from error
            own, execution.no_log = execution.delegate is None, False
            data = taken(error, left_out=own and error.skipped)
            if own:
                state.leave(skipped=error.skipped)
                execution.ignored = False
        except InputError as error:
            data = failure(TaskError(str(error)))
        except UndefinedError as error:
            data = failure(TaskError(error.message or "undefined"))
        except OpsFlowError as error:
            data = failure(TaskError(error.message, hint=error.hint))
        except Exception as error:  # a bug of a module must not end the run of the other hosts
            data = failure(bug(error))
        status = status_of(data, execution.ignored)
        if status is Status.UNREACHABLE and execution.missed:
            status = Status.IGNORED
        result = TaskResult(status, data, time.perf_counter() - started)
        result.censored, result.paths = execution.no_log, tuple(execution.paths)
        result.delegate = execution.delegate
        result.before_after = tuple(chain.from_iterable(execution.before_after))
        return result

    def restore(self, task: Task, state: HostState, done: Done) -> TaskResult:
        """Return what came of a task in an earlier run; the facts that it found are known again."""
        execution = _Execution(self, task, state, {})
        execution.delegate = done.result.delegate
        for data in done.result.data.get("results", ()) if task.loop else [done.result.data]:
            if "ansible_facts" in data:
                effects.take_facts(task, execution.owner_of_facts(execution.scope()), data)
        return done.result


class _Item(NamedTuple):
    """One item of a loop that is done: its variables, what it saw of all others, and what came of it."""

    local: Mapping[str, Any]
    scope: Scope
    data: dict[str, Any]
    hidden: bool


class _Execution:
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
            self.no_log = bool(self.keyword("no_log", scope, False))
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
            PLACE.set(await self.begun.leave())
        for number, local in enumerate(variables):
            if number and control.pause:
                await asyncio.sleep(control.pause)
            yield await self.attempt_item(local)

    async def attempt_item(self, local: Mapping[str, Any]) -> _Item:
        """Run one item: its failure is its result, the other items go on."""
        scope = self.scope(**local)
        self.no_log = True
        self.no_log = hidden = bool(self.keyword("no_log", scope, False))
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
        self.ignored = self.ignored or bool(self.keyword("ignore_errors", scope, False))
        self.missed = self.missed or bool(self.keyword("ignore_unreachable", scope, False))
        delegate = self.keyword("delegate_to", scope, None)
        self.delegate = None if delegate is None else str(delegate)
        if self.delegate is not None:
            scope = self.runner.variables.delegated(scope, self.state, self.task, self.delegate)
        try:
            module, args = await apart(self.module, scope)
        except _WrongOptions as error:
            return self.judged(failure(error), scope)
        for secret in args.secrets():
            self.renderer.vault.redactor.add(secret)
        retries = self.keyword("retries", scope, None)
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
            await asyncio.sleep(max(0.0, self.keyword("delay", scope, 5.0)))
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

    def module(self, scope: Scope) -> tuple[Module, ModuleArgs]:
        """Return the task's module and its options, rendered and typed for this host."""
        task = self.task
        if task.flaw:
            raise _WrongOptions(task.flaw.message, origin=task.flaw.origin)
        name, kind = task.info.module, task.module
        if task.choose is not None:
            name, kind = self.chosen(task.choose, scope)
        assert kind is not None
        defaults = self.module_defaults(name, kind, scope)
        if task.static_args is not None and not defaults:
            return kind(), task.static_args
        own = {finalize(scope.value(key)): item for key, item in scope.value(task.args).items()}
        # What the task omits is not taken from the defaults either.
        args = finalize({**defaults, **self.whole_args(scope), **own})
        try:
            return kind(), kind.Args.model_validate(args)
        except ValidationError as error:
            raise _WrongOptions(invalid(name, error), origin=task.origin) from None

    def chosen(self, choose: Choose, scope: Scope) -> tuple[str, type[Module]]:
        """Return the module that a template names. Raises TaskError when there is none."""
        name = str(finalize(scope.value(choose.name)))
        try:
            return name, choose.find(name)
        except OpsFlowError as error:
            raise TaskError(error.message, hint=error.hint, origin=choose.name.origin) from error

    def whole_args(self, scope: Scope) -> dict[str, Any]:
        """Return the options of templates that yield all of them. Raises TaskError for what is no mapping."""
        found: dict[str, Any] = {}
        for whole in self.task.wholes:
            value = finalize(scope.value(whole))
            if not isinstance(value, dict) and value is not OMIT:
                raise TaskError(f"options are a mapping, not {type_name(value)}", origin=whole.origin)
            found.update({} if value is OMIT else value)  # pyright: ignore[reportUnknownArgumentType]
        return found

    def module_defaults(self, module: str, kind: type[Module], scope: Scope) -> dict[str, Any]:
        """Return the options that `module_defaults` give, those of the module's backends below its own."""
        own = short_name(module)
        names = [FACT_MODULES] if own == "gather_facts" else [*({one} for one in kind.backends), {own}]
        mappings = [finalize(scope.value(one)) for one in self.task.keywords.get("module_defaults") or ()]
        found: dict[str, Any] = {}
        for wanted in names:
            for mapping in mappings:
                for name, options in mapping.items():
                    if short_name(name) in wanted:
                        found.update(options or {})
        return found

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
        if self.delegate is None or not self.keyword("delegate_facts", scope, False):
            return self.state
        return self.runner.variables.delegate(self.delegate)

    def judged(self, data: dict[str, Any], scope: Scope) -> dict[str, Any]:
        self.judge(data, scope)
        return data

    def judge(self, data: dict[str, Any], scope: Scope) -> None:
        """Apply `changed_when` and `failed_when`."""
        if data.get("skipped"):
            return
        for keyword, key in (("changed_when", "changed"), ("failed_when", "failed")):
            conditions = self.task.keywords.get(keyword)
            if conditions:
                inner = self.registered(scope, data)
                try:
                    data[key] = all(self.renderer.condition(condition, inner) for condition in conditions)
                except TaskError as error:  # what the module did is told all the same
                    data.update(failed=True, **{f"{keyword}_result": error.message}, msg=placed(error))
                    return
                if key == "failed":
                    data["failed_when_result"] = data[key]

    def registered(self, scope: Scope, data: dict[str, Any]) -> Scope:
        """Return a scope in which the task's own result can be seen."""
        if self.task.register is None:
            return scope
        return scope.over({self.task.register: data, **bare(data.get("ansible_facts"))})

    async def call(self, module: Module, args: ModuleArgs, scope: Scope) -> dict[str, Any]:
        check = self.keyword("check_mode", scope, self.runner.options.check)
        if check and not module.check_mode:
            return {**SKIPPED, "msg": "the module can't tell what it would do, so check mode skips it"}
        asked = self.keyword("diff", scope, None)
        diff = self.runner.options.diff if asked is None else asked
        options = Options(check, diff, self.environment(scope))
        if self.runner.options.record_files and asked is None and not (diff or check or self.no_log):
            options.record = RECORDED
        if not check and (seconds := self.keyword("async", scope, 0)):
            options.detach = seconds
            options.job_directory = str(scope.get("ansible_async_dir") or JOB_DIRECTORY)
        context = self.context(module, scope, options)
        self.before_after.append(context.before_after)
        limit = self.keyword("timeout", scope, 0) or None
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
        poll = self.keyword("poll", scope, 15)
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
        words = {key: self.keyword(key, scope, None) for key in REACH if key in self.task.keywords}
        return self.runner.reach.session(name, target, words)

    def environment(self, scope: Scope) -> dict[str, str]:
        gathers = short_name(self.task.info.module) in FACT_MODULES
        found: dict[Any, Any] = {}
        for layer in self.task.environment:
            for mapping in to_list(scope.value(layer)):
                if mapping is not OMIT:
                    found.update(finalize(_without_own(mapping) if gathers else mapping))
        return {str(key): str(value) for key, value in found.items()}

    def keyword(self, name: str, scope: Scope, default: Any) -> Any:
        """Return a keyword's value, rendered and converted; `default` when it is not set or `omit`."""
        value = self.task.keywords.get(name)
        if value is None:
            return default
        if not is_templated(value):
            return value
        value = finalize(scope.value(value))
        if value is OMIT or value is None:
            return default
        try:
            return KEYWORDS[name].convert(value)
        except ValueError as error:
            place = origin_of(self.task.keywords[name])
            raise TaskError(f"'{name}' {error}, not '{value}'", origin=place) from None

    def false_condition(self, scope: Scope) -> str | bool | None:
        """Return the first of the task's conditions that does not hold, None when all do."""
        for condition in self.task.when:
            if not self.renderer.condition(condition, scope):
                return condition if isinstance(condition, bool) else str(condition)
        return None


def _without_own(environment: Any) -> Any:
    """Leave out what is made of the host's own environment: facts that tell of it are being gathered."""
    if not isinstance(environment, dict):
        return environment
    items: dict[Any, Any] = environment  # pyright: ignore[reportUnknownVariableType]
    return {
        key: value
        for key, value in items.items()
        if not (isinstance(value, Undefined) and "ansible_env" in value.reason)
    }


_JOB_GRACE = 10.0
"""Seconds that a detached task has, after its limit, to be ended and tell so."""
