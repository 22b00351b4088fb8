"""YAML hosts files: groups as keys, each with `hosts`, `vars` and `children`."""

from __future__ import annotations

from typing import Any

from opsflow.core.errors import did_you_mean
from opsflow.core.origin import Origin
from opsflow.source.values import Map, Str

from .draft import Draft
from .model import Group

YAML_SUFFIXES = (".yml", ".yaml", ".json")

_KEYS = ("hosts", "vars", "children")


def parse(draft: Draft, document: Any, file: str) -> None:
    """Read the document of a YAML, JSON or TOML hosts file into `draft`."""
    start = Origin(file, 1, 1)
    if document is None:
        draft.warn("the inventory is empty", start)
    elif not isinstance(document, Map):
        hint = "its top level maps each group to its hosts, vars and children, such as 'all:'"
        draft.problem("not an inventory", getattr(document, "origin", start), hint)
    else:
        for name in document:
            _group(draft, name, document[name], document.origin_of(name))


def _group(draft: Draft, name: Any, body: Any, origin: Origin) -> Group | None:
    group = draft.group(name, origin)
    if group is None or body is None:
        return group
    if not isinstance(body, Map):
        draft.problem(f"group '{name}' must be a mapping of {', '.join(_KEYS)}", origin)
        return group
    for key in body:
        where = body.origin_of(key)
        if key not in _KEYS:
            hint = (
                did_you_mean(str(key), _KEYS)
                or f"a group has only {', '.join(_KEYS)}; variables go below vars"
            )
            draft.problem(f"unknown key '{key}' in group '{name}'", where, hint)
        elif (section := _section(draft, f"{key} of group '{name}'", body[key], where)) is not None:
            _SECTIONS[key](draft, group, section)
    return group


def _section(draft: Draft, what: str, value: Any, origin: Origin) -> Map | None:
    """Return what stands below a key as a mapping; a single name stands for itself."""
    if value is None or isinstance(value, Map):
        return value
    if isinstance(value, Str) and not what.startswith("vars"):
        single = Map(value.origin)
        single[value] = None
        return single
    hint = "write 'name:' for each one, without a dash" if isinstance(value, list) else None
    draft.problem(f"{what} must be a mapping, not {_kind(value)}", origin, hint)
    return None


def _kind(value: Any) -> str:
    if isinstance(value, list):
        return "a list"
    return "text" if isinstance(value, str) else f"{value!r}"


def _vars(draft: Draft, group: Group, section: Map) -> None:
    draft.group_vars(group, section)


def _children(draft: Draft, group: Group, section: Map) -> None:
    for name in section:
        origin = section.origin_of(name)
        child = _group(draft, name, section[name], origin)
        if child is not None:
            draft.child(group, child, origin)


def _hosts(draft: Draft, group: Group, section: Map) -> None:
    for key, values in section.items():
        origin = section.origin_of(key)
        hosts = draft.hosts(key, group, origin)
        if isinstance(values, Map):
            draft.host_vars(hosts, values)
        elif values is not None:
            draft.problem(f"the variables of host '{key}' must be a mapping, not {_kind(values)}", origin)


_SECTIONS = {"hosts": _hosts, "vars": _vars, "children": _children}
