"""Running playbooks from Python: what the command line does, in a few lines.

summary = await opsflow.play("update.yml", inventory="hosts.yml")
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from opsflow.core.errors import InputError, Problem
from opsflow.core.events import Events, Subscriber
from opsflow.core.results import RunSummary
from opsflow.engine.checks import (
    check_connections,
    check_keywords,
    check_names,
    check_patterns,
    check_tags,
    check_variables,
    check_vars_files,
)
from opsflow.engine.options import RunOptions
from opsflow.engine.prompts import Ask
from opsflow.engine.run import Run
from opsflow.inventory.load import load_inventory
from opsflow.inventory.model import Inventory
from opsflow.inventory.variables import InventoryVariables
from opsflow.modules.own.known import KnownModules
from opsflow.modules.own.places import Places
from opsflow.playbook.parse import Playbook, parse_playbook, single_task
from opsflow.source.vault import Vault
from opsflow.templating.inventory import InventoryTemplates
from opsflow.templating.render import Renderer

CHECKS = (
    check_patterns,
    check_connections,
    check_keywords,
    check_tags,
    check_vars_files,
    check_variables,
)
"""What is checked of a run before it begins; each raises InputError with all that it finds."""


def prepare(
    playbooks: Sequence[str | Path],
    inventory: Sequence[str],
    options: RunOptions | None = None,
    *,
    roles_path: Sequence[str] = (),
    subscribers: Sequence[Subscriber] = (),
    ask: Ask | None = None,
    vault: Vault | None = None,
    places: Places | None = None,
) -> Run:
    """Read and check everything that can be known before a host is touched.

    Args:
        playbooks: their files, run in order.
        inventory: its sources: files, directories, or lists such as `a,b,`.
        options: what is asked of the run.
        roles_path: directories with roles, behind `roles/` beside the playbook.
        subscribers: called with each event.
        ask: asks a person for `vars_prompt` values.
        vault: decrypts files and values; what it knows as a secret is masked in events and errors.
        places: directories with modules of the project's own, behind those beside playbooks and in roles.

    Raises:
        InputError: with all problems of all files.
    """
    options = options or RunOptions()
    modules = KnownModules(places or Places())
    vault = vault or Vault()
    with vault.redactor.errors():
        renderer = Renderer(vault, options.settings)
        problems: list[Problem] = []
        books: list[Playbook] = []
        for path in playbooks:
            with collecting(problems):
                books.append(
                    parse_playbook(
                        path, renderer, roles_path, options.extra_vars, modules, options.play_defaults
                    )
                )
        hosts = read_inventory(inventory, Path(playbooks[0]).parent, renderer, options, problems)
        if problems:
            raise InputError(problems)
        run = Run(books, hosts, renderer, options, Events(*subscribers, redactor=vault.redactor), ask)
        for check in CHECKS:
            with collecting(problems):
                check(run)
        if problems:
            raise InputError(problems)
        return run


def prepare_task(
    pattern: str,
    module: str,
    arguments: str,
    inventory: Sequence[str],
    options: RunOptions,
    vault: Vault | None = None,
    places: Places | None = None,
) -> Run:
    """Return the run of a single task on the hosts that match a pattern. Raises InputError."""
    vault = vault or Vault()
    renderer = Renderer(vault, options.settings)
    with vault.redactor.errors():
        modules = KnownModules(places or Places())
        book = single_task(pattern, module, arguments, renderer, modules, options.play_defaults)
        problems: list[Problem] = []
        hosts = read_inventory(inventory, Path(), renderer, options, problems)
        if problems:
            raise InputError(problems)
        run = Run([book], hosts, renderer, options, Events(redactor=vault.redactor))
        check_patterns(run)
        check_names(run)
        check_connections(run)
    return run


def read_inventory(
    sources: Sequence[str],
    directory: Path,
    renderer: Renderer,
    options: RunOptions,
    problems: list[Problem],
) -> Inventory:
    """Return the inventory of a playbook in `directory`; what is wrong with it is added to `problems`."""
    templates = InventoryTemplates(renderer, options.extra_vars)
    found = Inventory()
    with collecting(problems):
        found = load_inventory(
            sources, playbook_dir=directory, templates=lambda: templates, vault=renderer.vault
        )
        InventoryVariables(found, playbook_dir=directory).check(found.hosts.values())
    return found


@contextmanager
def collecting(problems: list[Problem]) -> Generator[None]:
    """Add the problems of an InputError to a list and go on, to tell all of them at once."""
    try:
        yield
    except InputError as error:
        problems += error.problems


async def play(
    playbook: str | Path,
    inventory: str | Sequence[str],
    *,
    extra_vars: Mapping[str, object] | None = None,
    check: bool = False,
    subscribers: Sequence[Subscriber] = (),
    vault: Vault | None = None,
) -> RunSummary:
    """Run one playbook and return its summary. Raises InputError before any host is touched."""
    sources = [inventory] if isinstance(inventory, str) else inventory
    options = RunOptions(extra_vars=extra_vars or {}, check=check)
    return await prepare([playbook], sources, options, subscribers=subscribers, vault=vault).run()
