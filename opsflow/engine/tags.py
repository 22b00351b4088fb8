"""Which tasks run, by their tags."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set

from opsflow.core.errors import InputError, TaskError
from opsflow.playbook.model import Block, Node, Task
from opsflow.source.values import Template
from opsflow.templating.render import finalize
from opsflow.templating.scope import Scope


def render_tags(nodes: Iterable[Node], scope: Scope) -> None:
    """Render the tags of tasks that are templates. Raises InputError when one can't be."""
    for node in nodes:
        if isinstance(node, Block):
            render_tags([*node.body, *node.rescue, *node.always], scope)
        elif any(isinstance(tag, Template) for tag in node.tags):
            node.tags = frozenset(_rendered(node, scope))


def _rendered(task: Task, scope: Scope) -> Iterator[str]:
    for tag in task.tags:
        if not isinstance(tag, Template):
            yield tag
            continue
        try:
            value = finalize(scope.value(tag))
        except TaskError as error:
            raise InputError.at(tag.origin, f"'tags': {error.message}", hint=error.hint) from error
        yield from map(str, value) if isinstance(value, list) else [str(value)]  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]


def selected(tags: Set[str], only: Set[str], skip: Set[str]) -> bool:
    """Tell whether a task with `tags` runs under `--tags only --skip-tags skip`.

    The rule is ansible-core's: `always` runs unless it is skipped by name, `never` only when one of the
    task's tags is asked for by name; `all`, `tagged` and `untagged` stand for groups of tasks.
    """
    own = tags or {"untagged"}
    wanted = (
        bool(own & only)
        or ("all" in only and "never" not in own)
        or ("tagged" in only and bool(tags) and "never" not in own)
        or "always" in own
    )
    if not wanted:
        return False
    if "all" in skip:
        return "always" in own and "always" not in skip
    return not (own & skip or ("tagged" in skip and tags))
