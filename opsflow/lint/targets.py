"""Which playbooks, roles, files of tasks and inventories the paths mean that a person names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path

from opsflow.core.errors import InputError
from opsflow.inventory.yaml_format import YAML_SUFFIXES
from opsflow.source.config import NAME
from opsflow.source.loader import load_file
from opsflow.source.values import Map, Seq
from opsflow.source.vault import Vault, is_encrypted_file


class Kind(Enum):
    """What a path is."""

    PLAYBOOK = auto()
    ROLE = auto()
    TASKS = auto()
    VARIABLES = auto()
    INVENTORY = auto()
    CONFIG = auto()


@dataclass(frozen=True, slots=True)
class Target:
    """One thing to look at."""

    kind: Kind
    path: Path


_OF_ROLE = ("tasks", "handlers", "defaults", "vars", "meta")
_PASSED_OVER = {"group_vars", "host_vars", "templates", "files", "library", "molecule", "collections",
                "node_modules", "venv"}  # fmt: skip
_INVENTORIES = ("hosts", "inventory", "hosts.ini", "inventory.ini", "hosts.yml", "hosts.yaml",
                "inventory.yml", "inventory.yaml")  # fmt: skip
_OTHER_YAML = {"requirements.yml", "galaxy.yml", "docker-compose.yml", "compose.yml", "mkdocs.yml"}


def find_targets(paths: list[Path], vault: Vault) -> list[Target]:
    """Return what is to be looked at, each once.

    Raises InputError with every path that does not exist.
    """
    missing = [path for path in paths if not path.exists()]
    if missing:
        names = ", ".join(map(str, missing))
        raise InputError.at(
            None, f"there is no {names}", hint="name playbooks, roles, inventories, directories"
        )
    found: dict[Target, None] = {}
    for path in paths:
        found.update(dict.fromkeys(_below(path, vault) if path.is_dir() else [_file(path, vault)]))
    return list(found)


def _file(path: Path, vault: Vault) -> Target:
    return _by_content(path, vault) or Target(Kind.INVENTORY, path)


def _below(directory: Path, vault: Vault) -> Iterator[Target]:
    """Yield what a directory is, or what is in it: a role, an inventory, or a project of several."""
    if any((directory / part).is_dir() for part in _OF_ROLE) and not (directory / "roles").is_dir():
        yield Target(Kind.ROLE, directory)
        return
    if directory.name in ("inventory", "inventories"):
        yield from _inventories(directory)
        return
    for entry in sorted(directory.iterdir()):
        if _passed_over(entry):
            continue
        if entry.name in _INVENTORIES and entry.is_file():
            yield Target(Kind.INVENTORY, entry)
        elif entry.is_dir():
            yield from _below(entry, vault)
        elif entry.suffix in YAML_SUFFIXES[:2] and entry.name not in _OTHER_YAML:
            target = _by_content(entry, vault)
            if target and target.kind is not Kind.VARIABLES:
                yield target


def _passed_over(entry: Path) -> bool:
    return entry.name.startswith(".") or entry.name in _PASSED_OVER or entry.name.endswith("_plugins")


def _inventories(directory: Path) -> Iterator[Target]:
    """Yield an inventory of several files, or one for each environment."""
    inner = [
        entry for entry in sorted(directory.iterdir()) if entry.is_dir() and entry.name not in _PASSED_OVER
    ]
    files = [entry for entry in directory.iterdir() if entry.is_file()]
    for path in [directory] if files or not inner else inner:
        yield Target(Kind.INVENTORY, path)


def _by_content(path: Path, vault: Vault) -> Target | None:
    """Return what a YAML file is by what it holds, None when it is something else."""
    if path.name == NAME:
        return Target(Kind.CONFIG, path)
    if path.suffix not in YAML_SUFFIXES or is_encrypted_file(path):
        return None
    try:
        value = load_file(path, vault=vault)
    except InputError:
        return Target(Kind.PLAYBOOK, path)  # whose reader tells what is wrong
    if isinstance(value, Seq):
        if not value or any(isinstance(item, Map) and _is_play(item) for item in value):
            return Target(Kind.PLAYBOOK, path)
        return Target(Kind.TASKS, path) if all(isinstance(item, Map) for item in value) else None
    if isinstance(value, Map):
        return Target(Kind.INVENTORY if _is_inventory(value) else Kind.VARIABLES, path)
    return None


def _is_play(item: Map) -> bool:
    return "hosts" in item or any(str(key).endswith("import_playbook") for key in item)


def _is_inventory(value: Map) -> bool:
    if "plugin" in value or "all" in value:
        return True
    groups = [group for group in value.values() if isinstance(group, Map)]
    return bool(groups) and all({"hosts", "children"} & group.keys() for group in groups)
