"""What a result changed on its host, thing by thing: the audit is asked for packages and files by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from opsflow.core.collect import package_change
from opsflow.core.failures import loop_items, mappings
from opsflow.core.results import Status, TaskResult

_PATHS = ("path", "dest")
_HEADERS = ("after_header", "before_header")
LONGEST = 1000
"""Characters of a message that are kept."""


class Thing(NamedTuple):
    """Something that changed: its kind (`package`, `file`), its name, how it was and how it is."""

    what: str | None = None
    name: str | None = None
    old: str | None = None
    new: str | None = None


def has_changed(module: str, result: TaskResult) -> bool:
    """Tell whether something on a host was changed, also by a task that failed in the end."""
    if module.rpartition(".")[2] == "fetch":  # what it changes is here
        return False
    return result.changed or (_failed(result) and result.data.get("changed") is True)


def has_failed(result: TaskResult) -> bool:
    """Tell whether a task failed, also where the playbook ignores it."""
    return _failed(result)


def _failed(result: TaskResult) -> bool:
    return result.failed or result.status is Status.IGNORED


def things(result: TaskResult) -> list[Thing]:
    """Return what a result that changed something says it changed; one nameless thing if it doesn't say."""
    if result.censored:
        return [Thing()]
    found: dict[Thing, None] = {}
    for part in (*loop_items(result.data), result.data):
        if part.get("changed") is True or part is result.data:
            found.update(dict.fromkeys(_things(part)))
    if not any(thing.what == "file" for thing in found):  # else the result itself knows better
        found.update((Thing("file", path), None) for path in result.paths)
    return list(found) or [Thing()]


def _things(data: Mapping[str, Any]) -> Iterator[Thing]:
    for package in mappings(data.get("packages")):
        change = package_change(package)
        if change and change.old != change.new:
            yield Thing("package", change.name, change.old, change.new)
    if data.get("changed") is True and (path := _path(data)):
        yield Thing("file", path)


def _path(data: Mapping[str, Any]) -> str | None:
    for key in _PATHS:
        value = data.get(key)
        if isinstance(value, str) and value.startswith("/"):
            return value
    for diff in mappings(data.get("diff")) or mappings([data.get("diff")]):
        for header in _HEADERS:
            value = diff.get(header)
            if isinstance(value, str) and value.startswith("/"):
                return value.removesuffix(" (content)")
    return None
