"""Lookups that make the items of a loop: `with_items`, `with_dict`, `with_sequence` and their kin."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from random import SystemRandom
from typing import Any

from opsflow.templating.filters.data import flatten
from opsflow.templating.filters.data import subelements as pairs_of
from opsflow.templating.kinds import as_list, is_list, is_mapping, type_name

from .base import LookupContext, integer, split_options

_SEQUENCE_OPTIONS = ("start", "end", "count", "stride", "format")
_SHORT_SEQUENCE = re.compile(
    r"(?:(?P<start>0x[0-9a-f]+|0?\d+)-)?(?P<end>0x[0-9a-f]+|\d+)(?:/(?P<stride>-?\d+))?(?::(?P<format>.+))?",
    re.IGNORECASE | re.ASCII,
)


def items(terms: list[Any], context: LookupContext) -> list[Any]:
    """Return the terms, lists among them replaced by their items."""
    return flatten(terms, levels=1, skip_nulls=False)


def as_they_are(terms: list[Any], context: LookupContext) -> list[Any]:
    """Return the terms."""
    return terms


def flattened(terms: list[Any], context: LookupContext) -> list[Any]:
    """Return the items of all lists, however deep, without nulls."""
    return flatten(terms)


def indexed_items(terms: list[Any], context: LookupContext) -> list[Any]:
    """Return pairs of a number, from 0, and an item."""
    return list(enumerate(items(terms, context)))


def nested(terms: list[Any], context: LookupContext) -> list[Any]:
    """Return each combination of one item of each list; the last list turns fastest."""
    if not terms:
        raise ValueError("needs at least one list")
    return [flatten(choice, levels=1, skip_nulls=False) for choice in itertools.product(*map(as_list, terms))]


def together(terms: list[Any], context: LookupContext) -> list[Any]:
    """Return the first items of all lists, then the second ones; short lists are filled with null."""
    if not terms:
        raise ValueError("needs at least one list")
    return list(itertools.zip_longest(*map(as_list, terms)))


def dict_items(terms: list[Any], context: LookupContext) -> list[Any]:
    """Return the entries of mappings as {key, value}."""
    for term in terms:
        if not is_mapping(term):
            raise TypeError(f"needs a mapping, not {type_name(term)}")
    return [{"key": key, "value": value} for term in terms for key, value in term.items()]


def subelements(terms: list[Any], context: LookupContext) -> list[Any]:
    """Return a pair (item without its list, part) for each part of the list that each item holds.

    The terms are a list of mappings, a key (or path with dots), and perhaps {skip_missing: true}.
    """
    if len(terms) not in (2, 3) or not isinstance(terms[1], str):
        raise ValueError("needs a list, a key and perhaps {skip_missing: true}")
    if is_mapping(terms[0]) and terms[0].get("skipped") is True:  # the result of a task that was skipped
        return []
    elements = list(terms[0].values()) if is_mapping(terms[0]) else terms[0]
    if not is_list(elements):
        raise TypeError(f"the first term must be a list or mapping, not {type_name(elements)}")
    skip_missing = len(terms) == 3 and bool(terms[2].get("skip_missing"))
    done = [element for element in elements if not (is_mapping(element) and element.get("skipped") is True)]
    path = terms[1].split(".")
    return [(_without(item, path), part) for item, part in pairs_of(done, path, skip_missing)]


def _without(item: Any, path: list[str]) -> dict[Any, Any]:
    """Return a copy of `item` without what lies under `path`."""
    first, *rest = path
    copy = dict(item)
    if rest:
        copy[first] = _without(copy[first], rest)
    else:
        del copy[first]
    return copy


def random_choice(terms: list[Any], context: LookupContext) -> list[Any]:
    """Return one of the terms."""
    return [SystemRandom().choice(terms)] if terms else []


def sequence(terms: list[Any], context: LookupContext, **options: Any) -> list[Any]:
    """Return numbers as text: "start=1 end=9 stride=2 format=web%02d", in short "1-9/2:web%02d"."""
    if unknown := set(options) - set(_SEQUENCE_OPTIONS):
        raise ValueError(f"unknown option '{min(unknown)}'; there are {', '.join(_SEQUENCE_OPTIONS)}")
    return [
        number
        for term in terms or ([""] if options else [])
        for number in _sequence({**options, **_sequence_options(term)})
    ]


def _sequence_options(term: Any) -> dict[str, str]:
    if short := _SHORT_SEQUENCE.fullmatch(str(term).strip()):
        return {name: value for name, value in short.groupdict().items() if value is not None}
    words, options = split_options(term, _SEQUENCE_OPTIONS)
    if words:
        raise ValueError(f"'{words}' is no sequence such as 'start=1 end=9' or '1-9'")
    return options


def _sequence(options: dict[str, Any]) -> list[str]:
    start, stride = _number(options, "start", 1), _number(options, "stride", 1)
    if ("count" in options) == ("end" in options):
        raise ValueError("needs either count or end")
    if stride == 0 or options.get("count") in (0, "0"):
        return []
    end = (
        _number(options, "end", 0)
        if "end" in options
        else start + stride * _number(options, "count", 0) - 1  # Ansible's, with a negative stride too
    )
    if stride > 0 and end < start:
        raise ValueError(f"{end} is less than {start}: to count backwards make stride negative")
    if stride < 0 and end > start:
        raise ValueError(f"{end} is more than {start}: to count forwards make stride positive")
    look = str(options.get("format", "%d"))
    try:
        return [look % number for number in range(start, end + (1 if stride > 0 else -1), stride)]
    except (TypeError, ValueError):
        raise ValueError(f"'{look}' is no format for one number, such as web%02d") from None


def _number(options: dict[str, Any], name: str, default: int) -> int:
    value = options.get(name, default)
    return int(value, 16) if str(value).lower().startswith("0x") else integer(name, value)


LOOKUPS: dict[str, Callable[..., list[Any]]] = {
    "dict": dict_items,
    "flattened": flattened,
    "indexed_items": indexed_items,
    "items": items,
    "list": as_they_are,
    "nested": nested,
    "random_choice": random_choice,
    "sequence": sequence,
    "subelements": subelements,
    "together": together,
}
