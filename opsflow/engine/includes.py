"""What an include task brings to a host: blocks of tasks with the variables of the include and its items."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping, Sequence, Set
from typing import Any

from opsflow.core.results import TaskResult
from opsflow.modules.base.module import short_name
from opsflow.playbook.include import Included, Includer
from opsflow.playbook.model import Block, Node, Play, Task


def included_blocks(
    task: Task, result: TaskResult, includer: Includer, play: Play, done: Set[str]
) -> list[Block]:
    """Return the blocks that an include brought, one for each item of its loop.

    Roles that others depend on are left out where the host has `done` them in this play. Handlers of a role
    become handlers of the play, and its variables visible to it where it is public.

    Raises:
        TaskError: there is no such file.
        InputError: it holds something wrong.
    """
    own = task.vars[len(task.outer.vars) if task.outer else 0 :]
    found: list[Block] = []
    for data in result.data.get("results", [result.data]):
        if "include" not in data:  # its condition was false
            continue
        included = _read(task, data, includer, play)
        _add_roles(included, play, task)
        local: Mapping[str, Any] = ChainMap(_item(data), *reversed(own))  # type: ignore[arg-type]
        nodes = _left(included.nodes, done) if done & included.roles.keys else included.nodes
        found.append(Block(task.origin, nodes, local=local))
    return found


def _read(task: Task, data: Mapping[str, Any], includer: Includer, play: Play) -> Included:
    apply = task.args.get("apply")
    if short_name(task.info.module) == "include_tasks":
        return includer.tasks(task, data["include"], apply).checked()
    return includer.role(task, {"name": data["include"], **data["include_args"]}, apply, play).checked()


def _left(nodes: Sequence[Node], done: Set[str]) -> list[Node]:
    """Return the nodes without the tasks of roles that are done."""
    found: list[Node] = []
    for node in nodes:
        if isinstance(node, Block):
            body, rescue, always = (_left(part, done) for part in (node.body, node.rescue, node.always))
            found.append(Block(node.origin, body, rescue, always, node.local))
        elif node.role is None or node.role.key not in done:
            found.append(node)
    return found


def _add_roles(included: Included, play: Play, task: Task) -> None:
    play.role_names += included.roles.names
    included.roles.names.clear()  # each reading counts once, whichever hosts it was for
    known = {handler.origin for handler in play.handlers}
    play.handlers += [handler for handler in included.roles.handlers if handler.origin not in known]
    if task.args.get("public") is True:
        play.roles += [use for use in included.roles.public if use not in play.roles]


def _item(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the loop variables of an item's result."""
    names = ("ansible_loop_var", "ansible_index_var", "ansible_loop")
    found = {name: data[name] for name in names if name in data}
    for name in ("ansible_loop_var", "ansible_index_var"):
        if name in data:
            found[data[name]] = data[data[name]]
    return found
