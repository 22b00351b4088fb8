"""Roles that live in a collection: `namespace.collection.role`, and where collections are."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

_SYSTEM_PATHS = ("~/.ansible/collections", "/usr/share/ansible/collections")
_ROOT = "ansible_collections"


def collection_paths(base: Path) -> list[Path]:
    """Return the directories that hold `ansible_collections`: beside the playbook, then Ansible's."""
    given = os.environ.get("ANSIBLE_COLLECTIONS_PATH", "").split(":")
    return [
        base / "collections",
        *(Path(path).expanduser() for path in (*filter(None, given), *_SYSTEM_PATHS)),
    ]


def roles_of(name: str, collections: Iterable[str], base: Path) -> Iterator[Path]:
    """Yield where a role may be: in the collection of its name, for a short name in `collections`."""
    parts = name.split(".")
    full = [name] if len(parts) >= 3 else [f"{collection}.{name}" for collection in collections]
    for written in full:
        namespace, collection, *role = written.split(".")
        for path in collection_paths(base):
            yield path / _ROOT / namespace / collection / "roles" / "/".join(role)


def names_of(name: str, path: Path) -> tuple[str, str]:
    """Return the name of a role in full and without its collection, by its directory."""
    *_, root, namespace, collection, roles, role = ("", "", "", "", *path.parts)
    if (root, roles) == (_ROOT, "roles"):
        return f"{namespace}.{collection}.{role}", role
    name = path.name if name.startswith("/") else name
    return name, name
