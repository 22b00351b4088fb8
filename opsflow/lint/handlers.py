"""Handlers: those that nothing notifies, and those that do not exist."""

from __future__ import annotations

from collections.abc import Iterator

from opsflow.core.errors import Problem, did_you_mean
from opsflow.playbook.model import Task
from opsflow.source.values import Template, origin_of

from .expand import Expanded
from .model import Finding, Severity, rule

UNKNOWN = rule("unknown-handler", Severity.WARNING, "a handler is notified that the play does not have")
UNUSED = rule("unused-handler", Severity.WARNING, "a handler that nothing notifies")
TWICE = rule("duplicate-handler", Severity.WARNING, "two handlers of one name: only the last one runs")


def check_handlers(expanded: Expanded) -> Iterator[Finding]:
    """Yield what is odd about a play's handlers. Names that are templates are not judged."""
    handlers = expanded.handlers
    known = {name for handler in handlers for name in _topics(handler)}
    notified = {name: task for task in expanded.tasks for name in task.notify}
    certain = expanded.whole and all(handler.title is None for handler in handlers)
    for name, task in notified.items():
        if certain and not isinstance(name, Template) and name not in known:
            message = f"there is no handler named '{name}' and none listens to it"
            yield Finding(
                UNKNOWN, Problem(message, origin_of(name) or task.origin, did_you_mean(name, known))
            )
    if expanded.whole and not any(isinstance(name, Template) for name in notified):
        for handler in handlers:
            own = handler.origin.file == expanded.play.origin.file and handler.title is None
            if own and not _topics(handler) & notified.keys():
                yield Finding(
                    UNUSED, Problem(f"nothing notifies the handler '{handler.name}'", handler.origin)
                )
    yield from _twice(handlers)


def _topics(handler: Task) -> set[str]:
    return {*handler.names, *handler.listen}


def _twice(handlers: list[Task]) -> Iterator[Finding]:
    first: dict[tuple[str, str], Task] = {}
    for handler in handlers:
        other = first.setdefault((handler.origin.file, handler.name), handler)
        if handler.origin != other.origin and handler.written.get("name"):
            where = f"the one at line {other.origin.line}"
            message = f"a second handler named '{handler.name}': {where} never runs"
            yield Finding(TWICE, Problem(message, handler.origin))
