"""Which layers of a play set a variable on a host: all that can be known before the run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from opsflow.core.errors import InputError, TaskError
from opsflow.core.origin import Origin
from opsflow.inventory.vars_files import Layer
from opsflow.inventory.why import Setting, settings
from opsflow.modules.base.module import short_name
from opsflow.playbook.include import Includer
from opsflow.playbook.model import Node, Play, RoleUse, Task, tasks_in
from opsflow.source.loader import load_file
from opsflow.source.values import Map, is_templated
from opsflow.templating.search import find

from .run import Run
from .variables import MAGIC_NAMES, Variables
from .vars_files import load_vars_files


def explain(run: Run, play: Play, host: str, name: str) -> list[Setting]:
    """Return every place that sets a variable for a host in a play, the strongest first.

    Tasks of files and roles that are included count where their names are no templates.

    Args:
        run: a prepared run; nothing is connected to.
        play: one of its plays.
        host: the name of one of the play's hosts.
        name: the variable's.

    Raises:
        InputError: a file of variables can't be read.
    """
    if name in MAGIC_NAMES:
        return [Setting("magic variable, nothing can set it", ..., None)]
    tasks = list(_tasks(run, play))
    uses = _uses(tasks)
    of_play = {id(use.role) for use in play.roles}
    private = [use for use in uses if id(use.role) not in of_play]
    found = settings([("extra variables", run.options.extra_vars)], name)
    found += [setting for task in tasks for setting in _of_include(task, name)]
    for use in uses:
        found += settings([(f"parameters of role {use.role.name}", use.own_params)], name, _in(use))
    found += [setting for task in tasks for setting in _while_running(task, name)]
    found += [setting for task in tasks for setting in _of_file(run, task, name)]
    found += [setting for task in tasks for setting in _of_task(task, name)]
    for use in uses:
        found += settings([(f"vars of the use of role {use.role.name}", use.vars)], name, _in(use))
    for use in private:
        found += settings([(f"vars of role {use.role.name}", use.role.vars)], name, _in(use))
    found += settings([(f"vars of role {use.role.name}", use.role.vars) for use in play.roles], name)
    found += settings(_of_play(run, play, host), name)
    found += settings([(f"defaults of role {use.role.name}", use.role.defaults) for use in play.roles], name)
    for use in private:
        found += settings([(f"defaults of role {use.role.name}", use.role.defaults)], name, _in(use))
    return list(_once(found))


def _once(found: Iterable[Setting]) -> Iterator[Setting]:
    """Yield each place once: several uses of a role share its files."""
    seen: set[tuple[str, Origin | None]] = set()
    for setting in found:
        if (setting.layer, setting.origin) not in seen:
            seen.add((setting.layer, setting.origin))
            yield setting


def _tasks(run: Run, play: Play) -> Iterator[Task]:
    """Yield the tasks and handlers of a play, with those of the files and roles that it includes by name."""
    includer = next(book.includer for book in run.playbooks if play in book.plays)
    seen: set[Origin] = set()
    todo: list[Node] = [*play.body, *play.handlers]
    while todo:
        tasks = list(tasks_in(todo))
        yield from tasks
        includes = [task for task in tasks if task.outer is not None and task.origin not in seen]
        seen.update(task.origin for task in includes)
        todo = [node for task in includes for node in _included(task, includer, play)]


def _included(task: Task, includer: Includer, play: Play) -> Iterable[Node]:
    """Return what an include brings, nothing where only the run can tell or it can't be read."""
    args = dict(task.args)
    name = args.pop("file", args.pop("name", args.pop("role", None)))
    if is_templated(task.args) or not isinstance(name, str):
        return ()
    with suppress(InputError, TaskError):
        if short_name(task.info.module) == "include_tasks":
            return includer.tasks(task, name, None).nodes
        included = includer.role(task, {"name": name, **args}, None, play)
        return [*included.nodes, *included.roles.handlers]
    return ()


def _uses(tasks: Iterable[Task]) -> list[RoleUse]:
    """Return the uses of roles that tasks belong to."""
    uses: dict[int, RoleUse] = {}
    for task in tasks:
        for use in task.role.chain if task.role else ():
            uses.setdefault(id(use), use)
    return list(uses.values())


def _in(use: RoleUse) -> str:
    return f"in role {use.role.name}"


def _of_include(task: Task, name: str) -> list[Setting]:
    """Return what an include sets for the tasks that it brings."""
    if task.outer is None:
        return []
    own = task.vars[len(task.outer.vars) :]
    return settings([("vars of an include", layer) for layer in own], name, f"below '{task.name}'")


def _while_running(task: Task, name: str) -> list[Setting]:
    """Return what a task sets when it has run."""
    only = f"after task '{task.name}'"
    if task.register == name:
        return [Setting("registered result", ..., task.origin, only)]
    if short_name(task.info.module) == "set_fact" and isinstance(task.args, Map):
        return settings([("set_fact", task.args)], name, only)
    return []


def _of_file(run: Run, task: Task, name: str) -> list[Setting]:
    """Return what a task loads from a file of variables that it names."""
    if short_name(task.info.module) != "include_vars" or is_templated(task.args):
        return []
    only = f"after task '{task.name}'"
    if task.args.get("name"):
        return settings([("include_vars", {str(task.args["name"]): ...})], name, only)
    roles = [str(use.role.path) for use in task.role.chain] if task.role else []
    path = find(str(task.args.get("file", "")), "vars", [*roles, str(task.directory), str(run.playbook_dir)])
    if path is None or not path.is_file():
        return []
    with suppress(InputError):
        return settings([("include_vars", load_file(path, vault=run.renderer.vault) or {})], name, only)
    return []


def _of_task(task: Task, name: str) -> list[Setting]:
    """Return what a task and the blocks around it set; a block's place is told with its first task."""
    layers = task.vars[: len(task.outer.vars)] if task.outer else task.vars
    return settings([("vars of a task or block", layer) for layer in layers], name, f"in task '{task.name}'")


def _of_play(run: Run, play: Play, host: str) -> list[Layer]:
    """Return the layers of a play and the inventory for a host, the weakest first."""
    variables = Variables(run.renderer, run.inventory, run.options, Path(play.origin.file).parent)
    variables.playing(play, [host.name for host in run.targets[id(play)]])
    state = variables.state(host)
    own: Mapping[str, Any] = play.vars or {}
    state.play_layers = [own]
    prompts = {str(prompt["name"]): prompt.get("default", "") for prompt in play.prompts}
    return [
        *variables.of_inventory.layers(host),
        ("vars of the play", own),
        ("vars_prompt", prompts),
        *load_vars_files(play, variables.scope(state), {}, facts=False),
    ]
