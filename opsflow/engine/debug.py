"""Stopping at a task, so that a person looks at it, changes it and lets it be done again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from opsflow.core.errors import TaskError
from opsflow.core.origin import Origin
from opsflow.core.results import Status, TaskResult
from opsflow.playbook.keywords import KEYWORDS
from opsflow.playbook.model import Play, Task
from opsflow.source.values import is_templated, put_together
from opsflow.templating.render import finalize
from opsflow.templating.scope import Scope

from .state import HostState
from .task import TaskRunner

Choice = Literal["redo", "continue", "quit"]

TYPED = Origin("debugger", 1, 1)
"""Where what a person types in the debugger was written."""


class TaskVars(MutableMapping[str, Any]):
    """The variables of the task as it sees them; `changed` are those that were set here."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.changed: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        """Return a rendered value. Raises KeyError, or TaskError where it can't be rendered."""
        return finalize(self.scope.over(self.changed)[name])

    def __setitem__(self, name: str, value: Any) -> None:
        self.changed[name] = put_together(value, TYPED)

    def __delitem__(self, name: str) -> None:
        del self.changed[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.scope.over(self.changed))

    def __len__(self) -> int:
        return len(self.scope.over(self.changed))


@dataclass(slots=True)
class Stop:
    """A task that has stopped on a host. A person may change `variables` and `args` (as written)."""

    task: Task
    host: str
    result: TaskResult
    variables: TaskVars
    args: dict[Any, Any] = field(default_factory=dict[Any, Any])

    def reset(self) -> None:
        """Take the options again as they are written in the playbook."""
        self.args = dict(self.task.args)

    def changed_task(self) -> Task:
        """Return the task as it is to be done again."""
        if self.args == self.task.args:
            return self.task
        return replace(self.task, args=put_together(self.args, TYPED), static_args=None)


Debugger = Callable[[Stop], Awaitable[Choice]]
"""Lets a person look at a stop and returns what to do next."""


class Debugging:
    """Runs tasks, and stops where `debugger` or the run's options say so."""

    def __init__(self, runner: TaskRunner, debugger: Debugger | None, enabled: bool) -> None:
        """`enabled` stops at all failures; without a `debugger` nothing does."""
        self.runner = runner
        self.debugger = debugger
        self.enabled = enabled
        self.one_at_a_time = asyncio.Lock()

    async def run(self, task: Task, state: HostState, play: Play) -> TaskResult:
        """Run a task on a host, again as often as a person wants it.

        Raises:
            asyncio.CancelledError: the person ends the run.
        """
        result = await self.runner.run(task, state, play)
        if self.debugger is None:
            return result
        typed: Mapping[str, Any] = {}
        while self.stops(task, state, result):
            scope = self.runner.variables.scope(state, task, **typed)
            stop = Stop(task, state.name, result, TaskVars(scope))
            stop.reset()
            async with self.one_at_a_time:
                choice = await self.debugger(stop)
            if choice == "quit":
                raise asyncio.CancelledError
            if choice == "continue":
                break
            task, typed = stop.changed_task(), {**typed, **stop.variables.changed}
            result = await self.runner.run(task, state, play, typed)
        return result

    def stops(self, task: Task, state: HostState, result: TaskResult) -> bool:
        """Tell whether a person is to look at a result."""
        word = self.word(task, state)
        if word is None:
            return self.enabled and result.failed
        return word == "always" or _STATUS.get(word) is result.status

    def word(self, task: Task, state: HostState) -> str | None:
        written = task.keywords.get("debugger")
        if not is_templated(written):
            return written
        try:
            value = finalize(self.runner.variables.scope(state, task).value(written))
            return KEYWORDS["debugger"].convert(value)
        except (TaskError, ValueError):
            return "always"  # the person sees what is wrong with it


_STATUS = {
    "on_failed": Status.FAILED,
    "on_unreachable": Status.UNREACHABLE,
    "on_skipped": Status.SKIPPED,
}
