"""What a task's result changes in what is known of a host: registered values, facts, due handlers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from opsflow.core.errors import TaskError, did_you_mean
from opsflow.core.results import Status, TaskResult
from opsflow.playbook.model import Play, Task
from opsflow.templating.render import Renderer
from opsflow.templating.scope import Scope

from .state import HostState


def register(task: Task, state: HostState, result: TaskResult) -> None:
    """Keep a task's result under the name that it asks for."""
    if task.register:
        kept = {key: value for key, value in result.data.items() if not key.startswith("_ansible_")}
        if result.status in (Status.FAILED, Status.IGNORED):
            kept = {"failed": True, **({} if task.loop else {"exception": "(no traceback)"}), **kept}
        state.results[task.register] = {"changed": False, **kept}


def copy(task: Task, state: HostState, result: TaskResult) -> None:
    """Let a host have what a `run_once` task found on another one."""
    for data in result.data.get("results", []) if task.loop else [result.data]:
        take_facts(task, state, data)
    register(task, state, result)


def take_facts(task: Task, state: HostState, data: Mapping[str, Any]) -> None:
    """Keep the facts in a result, or in that of one item: the next item sees them."""
    module = task.info.module.rpartition(".")[2]
    facts = data.get("ansible_facts")
    if not isinstance(facts, dict) or data.get("failed"):
        return
    found: dict[str, Any] = facts  # pyright: ignore[reportUnknownVariableType]
    if module == "set_fact":
        state.results.update(found)
        if data.get("_ansible_facts_cacheable"):
            state.take_facts(found)
    elif module == "include_vars":
        state.included.update(found)
    else:
        state.take_facts(found)
        state.gathered = state.gathered or module == "gather_facts"


def notify(task: Task, state: HostState, play: Play, renderer: Renderer, scope: Scope) -> None:
    """Mark the handlers that a changed task notifies as due.

    A name means one handler, a topic all handlers that listen to it. Raises TaskError when there is neither.
    """
    for written in task.notify:
        for name in _names(scope.value(written)):
            found = [handler for handler in play.handlers if name in handler.listen]
            if named := _named(name, play.handlers, scope):
                found.append(named)
            if not found:
                known = {handler.name for handler in play.handlers}
                raise TaskError(f"there is no handler named '{name}'", hint=did_you_mean(name, known))
            state.notified.update(handler.info.key for handler in found)


def _named(name: str, handlers: Iterable[Task], scope: Scope) -> Task | None:
    """Return the handler of a name: of the play before those of roles, the last role's first.

    Within one of them the first handler of a name counts. Names that are templates see the notifying host.
    """
    found: dict[int, Task] = {}
    for handler in handlers:
        if name in handler.names or _is_titled(handler, name, scope):
            found.setdefault(id(handler.role.role) if handler.role else 0, handler)
    return next(reversed(found.values()), None)


def _is_titled(handler: Task, name: str, scope: Scope) -> bool:
    """Tell whether a name that is a template yields `name`; one that can't be rendered is no name."""
    title = scope.value(handler.title) if handler.title is not None else None
    if not isinstance(title, str):
        return False
    return name == title or any(title == f"{role} : {name}" for role in handler.role_names)


def _names(value: Any) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else [str(value)]  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
