"""Which layers of a play set a variable on a host: all that can be known before the run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from opsflow.core.origin import Origin
from opsflow.inventory.vars_files import Layer
from opsflow.inventory.why import Setting, settings
from opsflow.modules.base.module import short_name
from opsflow.playbook.model import Play, RoleUse, Task
from opsflow.source.values import Map

from .run import Run
from .variables import Variables
from .vars_files import load_vars_files


def explain(run: Run, play: Play, host: str, name: str) -> list[Setting]:
    """Return every place that sets a variable for a host in a play, the strongest first.

    Args:
        run: a prepared run; nothing is connected to.
        play: one of its plays.
        host: the name of one of the play's hosts.
        name: the variable's.

    Raises:
        InputError: a file of variables can't be read.
    """
    uses = _uses(play)
    public = {id(use.role) for use in play.roles}
    found = settings([("extra variables", run.options.extra_vars)], name)
    for use in uses:
        found += settings([(f"parameters of role {use.role.name}", use.own_params)], name, _in(use))
    found += [setting for task in play.tasks() for setting in _while_running(task, name)]
    found += _of_tasks(play, name)
    for use in uses:
        found += settings([(f"vars of the use of role {use.role.name}", use.vars)], name, _in(use))
        if id(use.role) not in public:
            found += settings([(f"vars of role {use.role.name}", use.role.vars)], name, _in(use))
    found += settings([(f"vars of role {use.role.name}", use.role.vars) for use in play.roles], name)
    found += settings(_of_play(run, play, host), name)
    found += settings([(f"defaults of role {use.role.name}", use.role.defaults) for use in play.roles], name)
    for use in uses:
        if id(use.role) not in public:
            found += settings([(f"defaults of role {use.role.name}", use.role.defaults)], name, _in(use))
    return list(_once(found))


def _once(found: Iterable[Setting]) -> Iterator[Setting]:
    """Yield each place once: several uses of a role share its files."""
    seen: set[tuple[str, Origin | None]] = set()
    for setting in found:
        if (setting.layer, setting.origin) not in seen:
            seen.add((setting.layer, setting.origin))
            yield setting


def _uses(play: Play) -> list[RoleUse]:
    """Return the uses of roles that the play's tasks belong to."""
    uses: dict[int, RoleUse] = {}
    for task in play.tasks():
        for use in task.role.chain if task.role else ():
            uses.setdefault(id(use), use)
    return list(uses.values())


def _in(use: RoleUse) -> str:
    return f"in role {use.role.name}"


def _while_running(task: Task, name: str) -> list[Setting]:
    """Return what a task sets when it has run."""
    only = f"after task '{task.name}'"
    if task.register == name:
        return [Setting("registered result", ..., task.origin, only)]
    if short_name(task.info.module) == "set_fact" and isinstance(task.args, Map):
        return settings([("set_fact", task.args)], name, only)
    return []


def _of_tasks(play: Play, name: str) -> list[Setting]:
    """Return what tasks and the blocks around them set, each place once with the first task that sees it."""
    return [
        setting
        for task in play.tasks()
        for setting in settings([("vars of a task or block", layer) for layer in task.vars], name, _at(task))
    ]


def _at(task: Task) -> str:
    return f"in task '{task.name}'"


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
