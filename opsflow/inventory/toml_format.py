"""TOML hosts files: `[group.hosts]`, `[group.vars]`, and `children` as a list of names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from opsflow.core.errors import InputError
from opsflow.core.origin import Origin
from opsflow.source.values import Map, Seq, sourced

from . import yaml_format
from .draft import Draft

_TABLE = re.compile(r"\s*\[([^\[\]]+)\]\s*(?:#.*)?")
_KEY = re.compile(r"""\s*((?:[\w.-]|"[^"]*"|'[^']*')+)\s*=""")
_WORD = re.compile(r"""[\w-]+|"[^"]*"|'[^']*'""")
_ERROR_PLACE = re.compile(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)")

Places = Mapping[tuple[str, ...], Origin]


def parse(draft: Draft, text: str, file: str) -> None:
    """Read a TOML hosts file into `draft`. Raises InputError when it isn't TOML at all."""
    import tomllib  # few inventories are

    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _invalid(error, file) from error
    document = sourced(values, Origin(file, 1, 1))
    _place(document, _places(text, file), ())
    for body in document.values():
        if isinstance(body, Map) and isinstance(children := body.get("children"), Seq):
            body["children"] = named = Map(body.origin_of("children"))
            named.update(dict.fromkeys(children))
    yaml_format.parse(draft, document, file)


def _invalid(error: ValueError, file: str) -> InputError:
    match = _ERROR_PLACE.fullmatch(str(error))
    message = match[1] if match else str(error)
    place = Origin(file, int(match[2]), int(match[3])) if match and match[2] else Origin(file, 1, 1)
    return InputError.at(place, f"invalid TOML: {message[0].lower()}{message[1:]}")


def _places(text: str, file: str) -> Places:
    """Return where tables and keys are written: the standard library's parser does not tell."""
    found: dict[tuple[str, ...], Origin] = {}
    table: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), 1):
        origin = Origin(file, number, len(line) - len(line.lstrip()) + 1)
        if match := _TABLE.fullmatch(line):
            table = _path(match[1])
            found.setdefault(table, origin)
        elif match := _KEY.match(line):
            path = table + _path(match[1])
            for length in range(len(table) + 1, len(path) + 1):
                found.setdefault(path[:length], origin)
    return found


def _path(text: str) -> tuple[str, ...]:
    return tuple(word.strip("\"'") for word in _WORD.findall(text))


def _place(value: Any, places: Places, path: tuple[str, ...]) -> None:
    """Note in a mapping, and in those below it, where their keys are written."""
    if isinstance(value, Map):
        value.origin = places.get(path, value.origin)
        for key in value:
            value.key_origins[key] = places.get((*path, key), value.origin)
            _place(value[key], places, (*path, key))
