"""INI hosts files: `[group]`, `[group:children]`, `[group:vars]`, host lines with `name=value` pairs."""

from __future__ import annotations

import ast
import re
import shlex
import warnings
from typing import Any

from opsflow.core.errors import did_you_mean
from opsflow.core.origin import Origin
from opsflow.source.values import Map, as_source, sourced

from .draft import Draft
from .model import Group

_SECTION = re.compile(r"\[([^:\]\s]+)(?::(\w+))?\]\s*(?:#.*)?")
_CHILD = re.compile(r"([^:\]\s]+)\s*(?:#.*)?")
_KINDS = ("hosts", "vars", "children")


def parse(draft: Draft, text: str, file: str) -> None:
    """Read an INI hosts file into `draft`."""
    _Parser(draft, file).read(text)


class _Parser:
    """Reads line by line. Who is whose child is settled last: a group may be used before it is defined."""

    def __init__(self, draft: Draft, file: str) -> None:
        self.draft = draft
        self.file = file
        self.group: Group | None = draft.inventory.ungrouped
        self.kind = "hosts"
        self.declared = set(draft.inventory.groups)
        self.children: list[tuple[Group, str, Origin]] = []
        self.vars_of: dict[str, Origin] = {}

    def read(self, text: str) -> None:
        for number, raw in enumerate(text.splitlines(), 1):
            line = raw.strip()
            origin = Origin(self.file, number, len(raw) - len(raw.lstrip()) + 1)
            if not line or line[0] in "#;":
                continue
            if line[0] == "[" and (match := _SECTION.fullmatch(line)):
                self.section(match[1], match[2] or "hosts", origin)
            elif line[0] == "[" and line[-1] == "]":
                self.draft.problem(f"not a section: {line}", origin, "a group's name has no spaces or colons")
            elif self.group is not None:
                getattr(self, f"{self.kind}_line")(self.group, line, origin)
        self.finish()

    def section(self, name: str, kind: str, origin: Origin) -> None:
        self.group, self.kind = None, kind
        if kind not in _KINDS:
            hint = did_you_mean(kind, _KINDS) or f"a section is one of {', '.join(_KINDS)}"
            self.draft.problem(f"unknown kind of section '{kind}'", origin, hint)
            return
        self.group = self.draft.group(name, origin)
        if kind == "vars":
            self.vars_of.setdefault(name, origin)
        else:
            self.declared.add(name)

    def hosts_line(self, group: Group, line: str, origin: Origin) -> None:
        try:
            words = shlex.split(line, comments=True)
        except ValueError as error:
            self.draft.problem(f"cannot be split into words: {str(error).lower()}", origin)
            return
        hosts = self.draft.hosts(words[0], group, origin)
        values = Map(origin)
        column = len(words[0])
        for word in words[1:]:
            name, equals, value = word.partition("=")
            column = max(line.find(name + equals, column), column)
            at = origin._replace(column=origin.column + column)
            column += len(name)
            if not name or not equals:
                self.draft.problem(f"expected name=value, found '{word}'", at, "no spaces around the '='")
                break
            _set(values, name, value, at)
        self.draft.host_vars(hosts, values)

    def vars_line(self, group: Group, line: str, origin: Origin) -> None:
        name, equals, value = line.partition("=")
        if not equals or not name.strip():
            self.draft.problem(f"expected name=value, found '{line}'", origin)
            return
        values = Map(origin)
        _set(values, name.strip(), value.strip(), origin)
        self.draft.group_vars(group, values)

    def children_line(self, group: Group, line: str, origin: Origin) -> None:
        if match := _CHILD.fullmatch(line):
            self.children.append((group, match[1], origin))
        else:
            self.draft.problem(f"expected the name of a group, found '{line}'", origin)

    def finish(self) -> None:
        for name, origin in self.vars_of.items():
            if name not in self.declared:
                self.undefined(name, origin)
        for parent, name, origin in self.children:
            if name not in self.declared:
                self.undefined(name, origin)
            else:
                self.draft.child(parent, self.draft.inventory.groups[name], origin)

    def undefined(self, name: str, origin: Origin) -> None:
        known = self.declared - {"all", "ungrouped"}
        hint = did_you_mean(name, known) or f"define it with a section [{name}]"
        self.draft.problem(f"undefined group '{name}'", origin, hint)


def _set(values: Map, name: str, text: str, origin: Origin) -> None:
    values[name] = _value(text, origin)
    values.key_origins[name] = origin


def _value(text: str, origin: Origin) -> Any:
    """Return the Python literal that `text` spells, else the text itself."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Python's own remarks about literals, such as '\d'
            return sourced(_plain(ast.literal_eval(text)), origin)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return as_source(text, origin)


def _plain(value: Any) -> Any:
    """Return a literal as values that YAML knows too: sets are lists, bytes and complex numbers text."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "surrogateescape")
    if value is ...:
        return "..."
    if isinstance(value, complex):
        return str(value)
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, dict):
        return {_plain(key): _plain(item) for key, item in value.items()}  # pyright: ignore[reportUnknownVariableType]
    return value
