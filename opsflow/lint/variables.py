"""Variables that nothing defines, where only a condition or an include stands before their use."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from opsflow.core.errors import InputError, Problem, did_you_mean
from opsflow.core.origin import Origin
from opsflow.modules.base.module import short_name
from opsflow.playbook.model import Play, Task
from opsflow.playbook.undefined import FACT, defined_names, possible_uses, sets_any
from opsflow.source.loader import load_file
from opsflow.source.values import Template, origin_of
from opsflow.source.vault import Vault
from opsflow.templating.kinds import as_list
from opsflow.templating.render import Renderer
from opsflow.templating.search import find

from .expand import Expanded
from .files import TemplateFile
from .model import Finding, Severity, rule

UNKNOWN = rule(
    "unknown-variable",
    Severity.WARNING,
    "a variable that nothing defines, used behind a condition or include",
)
_BRING = {
    "service_facts": ["services"],
    "package_facts": ["packages"],
    "mount_facts": ["mount_points", "aggregate_mounts"],
}
"""Modules whose facts have names of their own."""
_OPEN = {"getent", "group_by"}
"""Modules that may define anything."""


class Unknowable(Exception):
    """Variables come from where only a host can tell."""


def check_variables(
    plays: list[Expanded], templates: list[TemplateFile], known: set[str], renderer: Renderer
) -> Iterator[Finding]:
    """Yield the uses of variables that nothing defines; nothing where some can't be known.

    Args:
        plays: all plays of a playbook: what one sets, a later one may use.
        templates: the files that their tasks render.
        known: names that the inventory, the command line and the engine define.
        renderer: its environment parses the templates, its vault reads the files.
    """
    tasks = [task for expanded in plays for task in expanded.tasks]
    try:
        brought = {name for expanded in plays for name in _brought(expanded, renderer.vault)}
    except Unknowable:
        return
    defined = {*known, *renderer.environment.globals, *brought}
    defined.update(map(str, defined_names([expanded.play for expanded in plays], tasks)))
    for expanded in plays:
        defined |= expanded.lost
        for use in expanded.roles:
            defined.update(map(str, (*use.role.defaults, *use.role.vars)))
    for name, place in (*_in_tasks(tasks, renderer), *_in_files(templates)):
        if name not in defined and not FACT.match(name):
            message = f"the variable '{name}' is not defined anywhere"
            yield Finding(UNKNOWN, Problem(message, place, did_you_mean(name, defined)))


def _in_tasks(tasks: list[Task], renderer: Renderer) -> Iterator[tuple[str, Origin]]:
    for task in tasks:
        if not task.keywords.get("ignore_errors"):
            for name, text in possible_uses(task, renderer):
                yield name, origin_of(text) or task.origin


def _in_files(templates: list[TemplateFile]) -> Iterator[tuple[str, Origin]]:
    for file in templates:
        for name in sorted(file.names.used - file.names.guarded):
            if not name.startswith("template_"):  # what a template knows of itself
                yield name, file.place(name)


def _brought(expanded: Expanded, vault: Vault) -> Iterator[str]:
    """Yield the names that files and facts bring. Raises Unknowable."""
    if not expanded.whole:
        raise Unknowable
    yield from _of_files(expanded.play, vault)
    for task in expanded.tasks:
        kind = short_name(task.info.module)
        if kind in _OPEN or sets_any(task):
            raise Unknowable
        if kind in _BRING:
            yield from _BRING[kind]
        elif kind == "include_vars":
            yield from _included(task, vault)


def _of_files(play: Play, vault: Vault) -> Iterator[str]:
    for written in play.vars_files:
        for choice in as_list(written):
            yield from _names(_plain(choice), [str(Path(play.origin.file).parent)], vault)


def _included(task: Task, vault: Vault) -> Iterator[str]:
    options: dict[str, Any] = task.args
    if "name" in options:
        yield _plain(options["name"])
        return
    roles = [str(use.role.path) for use in (task.role.chain if task.role else [])]
    yield from _names(_plain(options.get("file")), [*roles, str(task.directory)], vault)


def _plain(value: object) -> str:
    if not isinstance(value, str) or isinstance(value, Template):
        raise Unknowable
    return str(value)


def _names(name: str, search: list[str], vault: Vault) -> Iterator[str]:
    path = find(name, "vars", search)
    try:
        loaded = load_file(path, vault=vault) if path and path.is_file() else None
    except InputError:
        raise Unknowable from None
    if not isinstance(loaded, dict):
        raise Unknowable
    yield from map(str, loaded)  # pyright: ignore[reportUnknownArgumentType]
