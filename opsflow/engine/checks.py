"""What can be known to be wrong with a run before any host is touched."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from opsflow.connection.settings import become_from, settings_from
from opsflow.core.errors import InputError, Problem, did_you_mean
from opsflow.inventory.model import Inventory
from opsflow.inventory.patterns import limit
from opsflow.inventory.variables import InventoryVariables
from opsflow.modules.base.module import short_name
from opsflow.playbook.undefined import undefined_variables
from opsflow.source.values import Template, is_templated, origin_of
from opsflow.templating.kinds import as_list

from .options import RunOptions
from .run import Run, needs_run
from .variables import known_names
from .vars_files import place_of
from .waves import batch_size, play_keyword

_GROWING = {"add_host", "group_by"}
"""Modules that make hosts and groups, so that patterns may match what is not there yet."""


def check_patterns(run: Run) -> None:
    """Refuse a run that has no hosts because there is no inventory, or because the limit leaves none.

    Raises InputError.
    """
    grows = any(
        short_name(task.info.module) in _GROWING or task.meta == "refresh_inventory" for task in run.tasks()
    )
    if grows or any(run.targets.values()):
        return
    if not run.inventory.hosts and not any(needs_run(play) for book in run.playbooks for play in book.plays):
        hint = "name one with -i, such as -i hosts.yml"
        raise InputError([Problem("there is no inventory, or it has no hosts", hint=hint)])
    if run.options.limit and not limit(run.inventory, run.inventory.hosts.values(), run.options.limit):
        problems = list(run.unmatched_limit())
        raise InputError(problems or [Problem(f"--limit: '{run.options.limit}' leaves no host")])


def check_names(run: Run) -> None:
    """Refuse a pattern of the command line of which a part matches nothing: a typing error is no empty fleet.

    Raises InputError with all of them.
    """
    if problems := [*run.mismatches(), *run.unmatched_limit()]:
        raise InputError(problems)


def check_connections(run: Run) -> None:
    """Refuse connection variables of the inventory that make no sense; templates may need facts and wait.

    Raises InputError with every such variable.
    """
    names = dict.fromkeys(host.name for hosts in run.targets.values() for host in hosts)
    problems: dict[Problem, None] = {}
    for directory in run.directories:
        problems.update(dict.fromkeys(connection_problems(run.inventory, names, run.options, directory)))
    if problems:
        raise InputError(list(problems))


def connection_problems(
    inventory: Inventory, names: Iterable[str], options: RunOptions, playbook_dir: Path | None = None
) -> list[Problem]:
    """Return what makes no sense among the connection variables of hosts."""
    variables = InventoryVariables(inventory, playbook_dir=playbook_dir)
    problems: dict[Problem, None] = {}
    seen: set[frozenset[tuple[str, int]]] = set()
    for name in names:
        written = {**variables.for_host(name), **options.extra_vars}
        plain = {
            key: value
            for key, value in written.items()
            if key.startswith("ansible_") and not is_templated(value)
        }
        same = frozenset((key, id(value)) for key, value in plain.items() if key != "ansible_host")
        if same in seen:  # thousands of hosts have their groups' values, and an address of their own
            continue
        seen.add(same)
        try:
            settings_from(name, plain, options.connection)
            become_from(plain, {"become": True})
        except InputError as error:
            problems.update(dict.fromkeys(error.problems))
    return list(problems)


def check_keywords(run: Run) -> None:
    """Refuse templates of plays' keywords that can't be rendered, as far as no person is asked first.

    Raises InputError with all of them.
    """
    problems: list[Problem] = []
    for book in run.playbooks:
        for play in book.plays:
            scope = run.variables(book).before_hosts(play)
            for name in play.keywords if not needs_run(play) else ():
                try:
                    value = play_keyword(play, name, scope) if name in _BEFORE_HOSTS else None
                    for size in value if name == "serial" and value else ():
                        batch_size(size, 1, origin_of(play.keywords["serial"]) or play.origin)
                except InputError as error:
                    problems += error.problems
    if problems:
        raise InputError(problems)


_BEFORE_HOSTS = {"serial", "max_fail_percentage", "strategy", "gather_facts", "force_handlers", "limits"}


_INCLUDING = {"include_tasks", "include_role"}
"""Modules that bring tasks which are not known before."""


def check_tags(run: Run) -> None:
    """Refuse tags and a first task that no task has: a typing error is no successful empty run.

    Tags to be skipped may be those of other playbooks: people keep a list of them.

    Raises InputError with every such name.
    """
    options = run.options
    tasks = run.tasks()
    known = {tag for task in tasks for tag in task.tags} | {"all", "always", "never", "tagged", "untagged"}
    certain = not any(
        short_name(task.info.module) in _INCLUDING or any(isinstance(tag, Template) for tag in task.tags)
        for task in tasks
    )
    problems = [
        Problem(f"no task has the tag '{tag}'", hint=did_you_mean(tag, known))
        for tag in sorted(options.tags - known if certain else ())
    ]
    if options.start_at and not run.find_start():
        hint = did_you_mean(options.start_at, {task.name for task in tasks})
        problems.append(Problem(f"no task is named '{options.start_at}'", hint=hint))
    if problems:
        raise InputError(problems)


def check_vars_files(run: Run) -> None:
    """Refuse a first play whose files of variables are not there; those of later plays may be made by it.

    Raises InputError with every such file.
    """
    problems: list[Problem] = []
    for play in [play for book in run.playbooks for play in book.plays][:1]:
        for written in filter(as_list, play.vars_files):
            choices = as_list(written)
            places = [place_of(play, str(choice)) for choice in choices]
            if not any(is_templated(choice) for choice in choices) and not any(map(Path.exists, places)):
                message = f"there is no file of variables: {', '.join(map(str, places))}"
                problems.append(Problem(message, origin_of(choices[0]) or play.origin))
    if problems:
        raise InputError(problems)


def check_variables(run: Run) -> None:
    """Refuse uses of plain variables that nothing defines. Raises InputError with all of them."""
    plays = [play for book in run.playbooks for play in book.plays]
    known = known_names(run.renderer, run.inventory, run.options, run.directories)
    known.update(*(book.lost for book in run.playbooks))
    problems = undefined_variables(plays, known, run.renderer)
    if problems:
        raise InputError(problems)
