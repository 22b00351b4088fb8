"""Rules about inventories: connection variables, and files of variables for nobody."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from opsflow.core.errors import Problem, did_you_mean
from opsflow.core.origin import Origin
from opsflow.engine.checks import connection_problems
from opsflow.engine.options import RunOptions
from opsflow.inventory.model import Inventory
from opsflow.inventory.yaml_format import YAML_SUFFIXES

from .model import Finding, Severity, found, rule
from .refused import CONNECTION

UNUSED = rule("unused-vars-file", Severity.WARNING, "variables of a group or host that the inventory lacks")


def check_hosts(inventory: Inventory, options: RunOptions) -> Iterator[Finding]:
    """Yield what is odd about an inventory that could be read."""
    yield from found(CONNECTION, connection_problems(inventory, inventory.hosts, options))
    for directory in inventory.vars_dirs:
        yield from _for_nobody(directory / "group_vars", [*inventory.groups], "group")
        yield from _for_nobody(directory / "host_vars", [*inventory.hosts], "host")


def _for_nobody(directory: Path, known: list[str], kind: str) -> Iterator[Finding]:
    for path in sorted(directory.iterdir()) if directory.is_dir() else ():
        name = path.name.removesuffix(path.suffix) if path.suffix in YAML_SUFFIXES else path.name
        if not name.startswith(".") and not {name, path.name} & set(known):
            problem = Problem(
                f"there is no {kind} '{name}'", Origin(str(path), 1, 1), did_you_mean(name, known)
            )
            yield Finding(UNUSED, problem)
