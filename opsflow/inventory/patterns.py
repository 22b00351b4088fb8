"""Patterns such as `web:&prod:!db` to hosts.

A pattern is terms with `,` or `:` between them. A term is a group, a host, a glob or `~` and a regular
expression, with a subscript (`web[0]`, `web[1:3]`: the end is included) where it is no regular expression.
Terms are joined first; then every `&term` keeps, and every `!term` drops, wherever it stands.
"""

from __future__ import annotations

import fnmatch
import re
import warnings
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from opsflow.core.errors import InputError
from opsflow.core.origin import Origin
from opsflow.source.loader import read_text

from .model import LOCALHOST, Host, Inventory
from .names import is_ipv6

_SUBSCRIPT = re.compile(r"(.+)\[(?:(-?\d{1,9})|(-?\d{1,9})?:(-?\d{1,9})?)\]")
_BAD_SUBSCRIPT = re.compile(r".+(\[(?:[^\[\]]*:[^\[\]]*|\d+-\d*)\])")
_CLOSING = {"[": "]", "(": ")", "{": "}"}


def select(inventory: Inventory, pattern: str | Sequence[str], *, origin: Origin | None = None) -> list[Host]:
    """Return the hosts that `pattern` means, each once: in the order of its terms, then of the inventory.

    Several patterns are joined as if by `,`. An empty pattern means no host.

    Raises:
        InputError: a regular expression or subscript is wrong, or an index is outside; it carries `origin`.
    """
    terms = _parse(pattern, origin)
    if not terms:
        return []
    chosen: dict[str, Host] = {}
    for term in [term for term in terms if not term.operator] or [_ALL]:
        for host in _hosts_of(inventory, term):
            chosen.setdefault(host.name, host)
    for term in (term for term in terms if term.operator == "&"):
        kept = {host.name for host in _hosts_of(inventory, term)}
        chosen = {name: host for name, host in chosen.items() if name in kept}
    dropped = {host.name for term in terms if term.operator == "!" for host in _hosts_of(inventory, term)}
    return [host for name, host in chosen.items() if name not in dropped]


def limit(inventory: Inventory, hosts: Iterable[Host], limit: str) -> list[Host]:
    """Return those of `hosts`, in their order, that the pattern `limit` means too.

    A term `@file` stands for the lines of a file, a pattern each; empty lines and `#` comments don't count.

    Raises:
        InputError: the limit is empty or wrong, or its file can't be read.
    """
    if not limit.strip(" ,:"):
        hint = "leave the limit out to mean all hosts"
        raise InputError.at(None, "the limit is empty", hint=hint)
    allowed = {host.name for host in select(inventory, read_limit(limit))}
    return [host for host in hosts if host.name in allowed]


def read_limit(limit: str) -> list[str]:
    """Return the terms of a limit, those of `@file` included. Raises InputError when it can't be read."""
    terms: list[str] = []
    for term in split(limit):
        if term.startswith("@"):
            lines = (line.strip() for line in read_text(Path(term[1:]).expanduser()).splitlines())
            terms += [line for line in lines if line and not line.startswith("#")]
        else:
            terms.append(term)
    return terms


def unmatched(inventory: Inventory, pattern: str | Sequence[str]) -> list[str]:
    """Return the terms of `pattern`, without `&`, `!` and subscript, that name no group and no host.

    Raises InputError when a regular expression or subscript is wrong.
    """
    names: list[str] = []
    for term in _parse(pattern, None):
        known = term.matches(inventory.groups) or term.matches(inventory.hosts)
        if not known and term.name not in LOCALHOST:
            names.append(term.name)
    return names


def split(pattern: str | Sequence[str]) -> list[str]:
    """Return the terms of one pattern or several: cut at `,` and `:` outside of brackets and addresses."""
    if not isinstance(pattern, str):
        return [term for part in pattern for term in split(part)]
    parts = [part.strip() for part in _cut(pattern, ",")]
    terms = [term for part in parts for term in ([part] if is_ipv6(part.lstrip("!&")) else _cut(part, ":"))]
    return [term.strip() for term in terms if term.strip()]


class _Term(NamedTuple):
    operator: str
    name: str
    subscript: slice | int | None
    origin: Origin | None

    @property
    def is_exact(self) -> bool:
        return self.name[0] != "~" and not any(char in self.name for char in "?*[")

    def matches(self, names: Mapping[str, object]) -> list[str]:
        if self.is_exact:
            return [self.name] if self.name in names else []
        try:
            match = _compile(self.name[1:] if self.name[0] == "~" else fnmatch.translate(self.name)).match
        except re.error as error:
            hint = "after '~' stands a regular expression"
            raise InputError.at(self.origin, f"bad pattern '{self.name}': {error}", hint=hint) from error
        return [name for name in names if match(name)]


def _compile(expression: str) -> re.Pattern[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # Python's own remarks, such as on '[['
        return re.compile(expression)


_ALL = _Term("", "all", None, None)


def _parse(pattern: str | Sequence[str], origin: Origin | None) -> list[_Term]:
    return [term for text in split(pattern) if (term := _term(text, origin)).name]


def _term(text: str, origin: Origin | None) -> _Term:
    operator = text[0] if text[0] in "!&" else ""
    name = text.removeprefix(operator).strip()
    if name.startswith("~"):
        return _Term(operator, name, None, origin)
    if match := _SUBSCRIPT.fullmatch(name):
        return _Term(operator, match[1], _subscript(match), origin)
    if match := _BAD_SUBSCRIPT.fullmatch(name):
        hint = "write name[0], name[-1] or name[1:3]; the first host is 0 and the end is included"
        raise InputError.at(origin, f"bad subscript '{match[1]}' in pattern '{text}'", hint=hint)
    return _Term(operator, name, None, origin)


def _subscript(match: re.Match[str]) -> slice | int:
    if match[2]:
        return int(match[2])
    last = int(match[4]) if match[4] else -1
    return slice(int(match[3]) if match[3] else 0, None if last == -1 else last + 1)


def _hosts_of(inventory: Inventory, term: _Term) -> list[Host]:
    if not term.operator and term.subscript is None and term.name in inventory.hosts:
        return [inventory.hosts[term.name]]
    hosts = list({host.name: host for host in _named(inventory, term)}.values())
    if term.subscript is None:
        return hosts
    if isinstance(term.subscript, slice):
        return hosts[term.subscript]
    if hosts and not -len(hosts) <= term.subscript < len(hosts):
        message = f"there is no {term.name}[{term.subscript}]: '{term.name}' has {_count(hosts)}"
        raise InputError.at(term.origin, message, hint="the first host is 0, the last is -1")
    return [hosts[term.subscript]] if hosts else []


def _count(hosts: list[Host]) -> str:
    return f"{len(hosts)} hosts" if len(hosts) > 1 else "one host"


def _named(inventory: Inventory, term: _Term) -> list[Host]:
    """Return the hosts in the groups that `term` names, else hosts so named; for a glob both count."""
    groups = term.matches(inventory.groups)
    hosts = [host for name in groups for host in inventory.groups[name].all_hosts()]
    if not groups or not term.is_exact or "." in term.name:
        hosts += [inventory.hosts[name] for name in term.matches(inventory.hosts)]
    if not hosts and term.name in LOCALHOST:
        hosts.append(inventory.host(term.name))
    return hosts


def _cut(text: str, separator: str) -> list[str]:
    """Split at `separator`, but not inside [], and inside a regular expression neither in () and {}."""
    parts, start = list[str](), 0
    closing: list[str] = []
    for index, char in enumerate(text):
        if closing and char == closing[-1]:
            closing.pop()
        elif char in _CLOSING and closing[-1:] != ["]"]:
            if char == "[" or text[start:].lstrip(" !&").startswith("~"):
                closing.append(_CLOSING[char])
        elif char == separator and not closing:
            parts.append(text[start:index])
            start = index + 1
    return [*parts, text[start:]]
