"""What `opsflow play` refuses before any host is touched, found by its own reader and checks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from opsflow.api import CHECKS, collecting, read_inventory
from opsflow.core.errors import InputError, Problem
from opsflow.core.events import Events
from opsflow.engine import checks
from opsflow.engine.options import RunOptions
from opsflow.engine.run import Run
from opsflow.inventory.model import Inventory
from opsflow.modules.own.known import KnownModules
from opsflow.modules.own.places import Places
from opsflow.playbook.parse import Playbook
from opsflow.templating.render import Renderer

from .model import Finding, Severity, found, rule

INVALID = rule("invalid", Severity.ERROR, "what a playbook, role or file of tasks must not hold")
INVENTORY = rule("inventory", Severity.ERROR, "an inventory, or a file of variables, that can't be read")
DUPLICATE = rule("duplicate-key", Severity.ERROR, "a key that is given twice: only the last one counts")
SUSPICIOUS = rule("suspicious", Severity.WARNING, "what play warns of, in playbooks and inventories")
UNDEFINED = rule("undefined-variable", Severity.ERROR, "a variable that is needed and nothing defines")
CONNECTION = rule("connection", Severity.ERROR, "connection variables that make no sense")
UNKNOWN_HOST = rule("unknown-host", Severity.WARNING, "`hosts` of which a part matches nothing")
_BY_CHECK = {
    checks.check_patterns: rule("no-hosts", Severity.ERROR, "plays without any inventory or host"),
    checks.check_connections: CONNECTION,
    checks.check_keywords: rule("play-keyword", Severity.ERROR, "a play's keyword that can't be rendered"),
    checks.check_tags: rule("unknown-tag", Severity.ERROR, "a tag that no task has"),
    checks.check_vars_files: rule("missing-vars-file", Severity.ERROR, "`vars_files` that are not there"),
    checks.check_variables: UNDEFINED,
}
_OF_INVENTORY = (checks.check_patterns, checks.check_connections, checks.check_variables)
"""Checks that need to know the hosts."""


@dataclass(frozen=True, slots=True)
class Project:
    """What a playbook is checked with. Without `sources` nothing is said of hosts and their variables."""

    renderer: Renderer
    sources: Sequence[str] = ()
    roles_path: Sequence[str] = ()
    options: RunOptions = field(default_factory=RunOptions)
    places: Places = field(default_factory=Places)
    _read: dict[Path, tuple[Inventory, list[Problem]]] = field(
        default_factory=dict[Path, tuple[Inventory, list[Problem]]]
    )

    def inventory(self, directory: Path) -> tuple[Inventory, list[Problem]]:
        """Return the inventory for playbooks in a directory, read once, and what is wrong with it."""
        if directory not in self._read:
            problems: list[Problem] = []
            found = Inventory()
            if self.sources:
                found = read_inventory(self.sources, directory, self.renderer, self.options, problems)
            self._read[directory] = found, problems
        return self._read[directory]

    def modules(self) -> KnownModules:
        """Return the modules that the tasks of one file may name: those beside another are not its own."""
        return KnownModules(self.places.named())


def refused(book: Playbook, project: Project) -> tuple[list[Finding], Inventory | None]:
    """Return what play refuses of a playbook, and the inventory, None where it is not known."""
    findings = list(found(INVALID, book.problems))
    findings += suspicious(Problem(*warning) for warning in book.warnings)
    hosts, problems = project.inventory(Path(book.path).parent)
    findings += found(INVENTORY, problems)
    findings += suspicious(hosts.warnings)
    known = bool(project.sources) and not problems
    try:
        run = Run([book], hosts, project.renderer, project.options, Events())
    except InputError as error:
        findings += found(INVALID, error.problems)
        return findings, hosts if known else None
    findings += found(UNKNOWN_HOST, run.mismatches() if known else ())
    findings += _checked(run, book, known)
    return findings, hosts if known else None


def _checked(run: Run, book: Playbook, known: bool) -> Iterator[Finding]:
    for check in CHECKS:
        problems: list[Problem] = []
        if check in _OF_INVENTORY and not known:
            continue
        if check is checks.check_variables and not book.whole:
            continue  # what could not be read may define them
        with collecting(problems):
            check(run)
        yield from found(_BY_CHECK[check], problems)


def suspicious(warnings: Iterable[Problem]) -> Iterator[Finding]:
    """Yield what play warns of."""
    for problem in warnings:
        yield Finding(DUPLICATE if "given twice" in problem.message else SUSPICIOUS, problem)
