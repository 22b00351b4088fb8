"""All rules over all that was named."""

from __future__ import annotations

import linecache
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from opsflow.api import collecting
from opsflow.core.errors import Problem
from opsflow.core.origin import Origin
from opsflow.engine.variables import known_names
from opsflow.inventory.load import load_inventory
from opsflow.inventory.model import Inventory
from opsflow.inventory.variables import InventoryVariables
from opsflow.playbook.parse import Playbook, read_play, read_playbook
from opsflow.source.config import load_config
from opsflow.source.loader import load_file
from opsflow.source.values import Map
from opsflow.templating.inventory import InventoryTemplates

from . import commands, hosts, tasks
from .expand import Expanded, expand
from .files import TemplateFile, check_files
from .handlers import check_handlers
from .model import Finding, found
from .noqa import told
from .refused import INVALID, INVENTORY, Project, refused, suspicious
from .secrets import PLAIN, check_secrets, plain_secrets
from .targets import Kind, Target, find_targets
from .variables import check_variables


def lint(paths: Iterable[str | Path], project: Project, skip: Collection[str] = ()) -> list[Finding]:
    """Return everything that is to be said of files, in order.

    Args:
        paths: playbooks, roles, files of tasks, inventories, or directories with any of them.
        project: what they are checked with.
        skip: ids of rules that are switched off.

    Raises:
        InputError: a path does not exist.
    """
    linecache.clearcache()  # the same name may be another file by now
    with project.renderer.vault.redactor.errors():
        targets = find_targets([Path(path) for path in paths], project.renderer.vault)
        return told((finding for target in targets for finding in _of(target, project)), skip)


def _of(target: Target, project: Project) -> Iterator[Finding]:
    match target.kind:
        case Kind.PLAYBOOK:
            yield from _playbook(target.path, project)
        case Kind.ROLE:
            yield from _role(target.path, project)
        case Kind.TASKS:
            name = str(target.path.resolve())
            yield from _part(target.path, project, tasks=[{"import_tasks": name}])
        case Kind.INVENTORY:
            yield from _inventory(target.path, project)
        case Kind.VARIABLES:
            yield from _variables(target.path, project)
        case Kind.CONFIG:
            problems: list[Problem] = []
            with collecting(problems):
                load_config(target.path, warn=lambda _: None, environ={}, directory=target.path.parent)
            yield from found(INVALID, problems)


def _playbook(path: Path, project: Project) -> Iterator[Finding]:
    book = read_playbook(
        path, project.renderer, project.roles_path, project.options.extra_vars, project.modules()
    )
    findings, inventory = refused(book, project)
    yield from findings
    certain = {(finding.problem.origin, finding.problem.message) for finding in findings}
    for finding in _odd(book, project, inventory):
        if (finding.problem.origin, finding.problem.message) not in certain:
            yield finding


def _odd(book: Playbook, project: Project, inventory: Inventory | None) -> Iterator[Finding]:
    """Yield what play does not stop on, or not before hosts are touched."""
    plays = [expand(book, play) for play in book.plays]
    templates: list[TemplateFile] = []
    for expanded in plays:
        yield from _play(expanded)
        yield from check_handlers(expanded)
        findings, found_here = check_files(expanded, project.renderer)
        yield from findings
        templates += found_here
    if inventory is not None:
        directories = dict.fromkeys(Path(play.origin.file).parent for play in book.plays)
        known = known_names(project.renderer, inventory, project.options, directories)
        yield from check_variables(plays, templates, known, project.renderer)


def _play(expanded: Expanded) -> Iterator[Finding]:
    yield from expanded.findings
    for rule, check in (*tasks.CHECKS, *commands.CHECKS):
        for task in expanded.tasks:
            yield from found(rule, check(task))
    yield from check_secrets(expanded.play, expanded.tasks)


def _role(path: Path, project: Project) -> Iterator[Finding]:
    """Yield what is to be said of a role: of its tasks, and of files of tasks that they do not include."""
    role = str(path.resolve())
    seen: set[Path] = set()
    yield from _part(path, project, seen, roles=[role])
    for file in sorted((path / "tasks").glob("*.yml")):
        if file.resolve() not in seen:
            yield from _part(
                path, project, seen, tasks=[{"import_role": {"name": role, "tasks_from": file.stem}}]
            )


def _part(
    path: Path, project: Project, seen: set[Path] | None = None, **keywords: object
) -> Iterator[Finding]:
    """Yield what is to be said of what is no playbook by itself; its variables may come from anywhere."""
    book: Playbook = read_play(path, project.renderer, project.roles_path, project.modules(), **keywords)
    yield from found(INVALID, book.problems)
    yield from suspicious(Problem(*warning) for warning in book.warnings)
    for play in book.plays:
        expanded = expand(book, play)
        if seen is not None:
            seen.update(Path(task.origin.file).resolve() for task in expanded.tasks)
        yield from _play(expanded)
        yield from check_files(expanded, project.renderer)[0]


def _inventory(path: Path, project: Project) -> Iterator[Finding]:
    problems: list[Problem] = []
    templates = InventoryTemplates(project.renderer, project.options.extra_vars)
    inventory = Inventory()
    with collecting(problems):
        inventory = load_inventory([path], templates=lambda: templates, vault=project.renderer.vault)
        InventoryVariables(inventory).check(inventory.hosts.values())
    yield from found(INVENTORY, problems)
    yield from suspicious(inventory.warnings)
    if not problems:
        yield from hosts.check_hosts(inventory, project.options)


def _variables(path: Path, project: Project) -> Iterator[Finding]:
    warnings: list[Problem] = []
    problems: list[Problem] = []

    def warn(message: str, origin: Origin) -> None:
        warnings.append(Problem(message, origin))

    with collecting(problems):
        value = load_file(path, warn, project.renderer.vault)
        if isinstance(value, Map):
            yield from found(PLAIN, plain_secrets(value))
    yield from suspicious(warnings)
    yield from found(INVALID, problems)
