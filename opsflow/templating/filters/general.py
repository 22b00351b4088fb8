"""Filters of the collection community.general on lists, mappings and text."""

from __future__ import annotations

import itertools
import random
import re
import unicodedata
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cmp_to_key, reduce
from typing import Any

from opsflow.templating.kinds import is_list, is_mapping, type_name
from opsflow.templating.versions import compare

from .data import merge

COLLECTION = "community.general"


def counter(values: Any) -> dict[Any, int]:
    """Return how often each item of a list, or letter of a text, occurs."""
    if not is_list(values) and not isinstance(values, str):
        raise TypeError(f"needs a list or text, not {type_name(values)}")
    return dict(Counter(values))


def from_pairs(pairs: Iterable[Any]) -> dict[Any, Any]:
    """Return a mapping of a list of pairs."""
    return dict(pairs)


def dict_kv(value: Any, key: Any) -> dict[Any, Any]:
    """Return a mapping with one key."""
    return {key: value}


def accumulate(values: Any) -> list[Any]:
    """Return the sums of a list from its beginning to each item."""
    if not is_list(values) and not isinstance(values, str):
        raise TypeError(f"needs a list, not {type_name(values)}")
    return list(itertools.accumulate(values))


def groupby_as_dict(mappings: Any, attribute: Any) -> dict[Any, Any]:
    """Return mappings by the value that each has under `attribute`, which must not occur twice."""
    found: dict[Any, Any] = {}
    for number, mapping in enumerate(_mappings(mappings)):
        if attribute not in mapping:
            raise ValueError(f"item {number} has no '{attribute}'")
        if mapping[attribute] in found:
            raise ValueError(f"several items have the {attribute} '{mapping[attribute]}'")
        found[mapping[attribute]] = mapping
    return found


def keep_keys(mappings: Any, target: Any, matching_parameter: str = "equal") -> list[dict[str, Any]]:
    """Return mappings with only those keys that are, or match, `target`."""
    fits = _matcher(target, matching_parameter)
    return [{key: item for key, item in one.items() if fits(key)} for one in _mappings(mappings)]


def remove_keys(mappings: Any, target: Any, matching_parameter: str = "equal") -> list[dict[str, Any]]:
    """Return mappings without the keys that are, or match, `target`."""
    fits = _matcher(target, matching_parameter)
    return [{key: item for key, item in one.items() if not fits(key)} for one in _mappings(mappings)]


def replace_keys(mappings: Any, target: Any, matching_parameter: str = "equal") -> list[dict[str, Any]]:
    """Return mappings with other keys: `target` is a list of {before, after}."""
    table = [(_matcher(rule["before"], matching_parameter), rule["after"]) for rule in _mappings(target)]

    def other(key: str) -> str:
        return next((after for fits, after in table if fits(key)), key)

    return [{other(key): item for key, item in one.items()} for one in _mappings(mappings)]


def _matcher(target: Any, how: str) -> Callable[[str], bool]:
    """Return whether a key fits: `target` is a key, a pattern or a list of keys."""
    names = [str(name) for name in target] if is_list(target) else [str(target)]
    if how == "equal":
        return lambda key: key in names
    if how == "starts_with":
        return lambda key: key.startswith(tuple(names))
    if how == "ends_with":
        return lambda key: key.endswith(tuple(names))
    if how == "regex" and len(names) == 1:
        pattern = re.compile(names[0])
        return lambda key: pattern.match(key) is not None
    raise ValueError(f"matching_parameter is equal, starts_with, ends_with or regex (for one), not '{how}'")


def _mappings(values: Any) -> Iterator[Mapping[str, Any]]:
    if not is_list(values):
        raise TypeError(f"needs a list of mappings, not {type_name(values)}")
    for value in values:
        if not is_mapping(value):
            raise TypeError(f"needs a list of mappings, not of {type_name(value)}")
        yield value


def lists_union(*lists: Any, flatten: bool = False) -> list[Any]:
    """Return the items of all lists, each once, in their order."""
    return _folded(lists, flatten, lambda found, more: _unique([*found, *more]))


def lists_intersect(*lists: Any, flatten: bool = False) -> list[Any]:
    """Return the items of the first list that are in all others."""
    return _folded(lists, flatten, lambda found, more: [item for item in found if item in more])


def lists_difference(*lists: Any, flatten: bool = False) -> list[Any]:
    """Return the items of the first list that are in none of the others."""
    return _folded(lists, flatten, lambda found, more: [item for item in found if item not in more])


def lists_symmetric_difference(*lists: Any, flatten: bool = False) -> list[Any]:
    """Return, list by list, the items that are in only one of two."""

    def either(found: list[Any], more: list[Any]) -> list[Any]:
        return [item for item in _unique([*found, *more]) if (item in found) != (item in more)]

    return _folded(lists, flatten, either)


def _folded(
    lists: tuple[Any, ...], flatten: bool, join: Callable[[list[Any], list[Any]], list[Any]]
) -> list[Any]:
    given = _flat(lists) if flatten else [_a_list(one) for one in lists]
    if len(given) < 2:
        return given[0] if given else []
    return reduce(join, given[1:], _unique(given[0]))


def _flat(lists: Iterable[Any]) -> list[list[Any]]:
    """Return lists, and instead of a list of lists those in it."""
    found: list[list[Any]] = []
    for one in map(_a_list, lists):
        if one:
            found += [list(part) for part in one] if all(map(is_list, one)) else [one]
    return found


def _a_list(value: Any) -> list[Any]:
    if not is_list(value):
        raise TypeError(f"needs lists, not {type_name(value)}")
    return list(value)


def _unique(values: Iterable[Any]) -> list[Any]:
    found: list[Any] = []
    for value in values:
        if value not in found:
            found.append(value)
    return found


def lists_mergeby(*terms: Any, recursive: bool = False, list_merge: str = "replace") -> list[Any]:
    """Return lists of mappings as one, sorted: mappings with the same value under the last term are merged.

    Args:
        terms: lists of mappings, the later ones win; then the name of the key.
        recursive: as for `combine`.
        list_merge: as for `combine`.
    """
    if len(terms) < 2:
        raise ValueError("needs a list and the name of a key")
    lists, index = _flat(terms[:-1]), terms[-1]
    if len(lists) < 2:
        return lists[0] if lists else []
    if not isinstance(index, str):
        raise TypeError(f"the name of the key is text, not {type_name(index)}")
    result = lists[-1]
    for weaker in lists[-2::-1]:
        merged: dict[Any, dict[Any, Any]] = {}
        for mapping in [*_mappings(weaker), *_mappings(result)]:
            if index in mapping:
                value = mapping[index]
                merged[value] = merge(merged.get(value, {}), mapping, recursive, list_merge)
        result = sorted(merged.values(), key=lambda one: one[index])
    return result


def version_sort(values: Any, reverse: bool = False) -> list[Any]:
    """Return versions in order: 2.9 before 2.10."""

    def order(left: Any, right: Any) -> int:
        if compare(str(left), "==", str(right)):
            return 0
        return -1 if compare(str(left), "<", str(right)) else 1

    return sorted(_a_list(values), key=cmp_to_key(order), reverse=reverse)


def unicode_normalize(text: Any, form: str = "NFC") -> str:
    """Return text in a normal form of Unicode: NFC, NFD, NFKC or NFKD."""
    if not isinstance(text, str):
        raise TypeError(f"needs text, not {type_name(text)}")
    if form not in ("NFC", "NFD", "NFKC", "NFKD"):
        raise ValueError(f"the form is NFC, NFD, NFKC or NFKD, not '{form}'")
    return unicodedata.normalize(form, text)


def random_mac(prefix: Any, seed: Any = None) -> str:
    """Return the beginning of a MAC address with the rest made up; the same seed gives the same rest."""
    if not isinstance(prefix, str):
        raise TypeError(f"needs text, not {type_name(prefix)}")
    parts = prefix.lower().split(":")
    if len(parts) > 5 or not all(re.match("[a-f0-9]{2}", part) for part in parts):
        raise ValueError(
            f"'{prefix}' is not the beginning of a MAC address: one to five bytes such as 52:54:00"
        )
    chance = random.SystemRandom() if seed is None else random.Random(seed)  # noqa: S311 an address is no secret
    digits = f"{chance.randint(0x1000000000, 0xFFFFFFFFFF):x}"[: 2 * (6 - len(parts))]
    return ":".join([*parts, *(digits[place : place + 2] for place in range(0, len(digits), 2))])


def crc32(text: Any) -> str:
    """Return the CRC-32 of a text, as hexadecimal digits."""
    if not isinstance(text, str | bytes):
        raise TypeError(f"needs text, not {type_name(text)}")
    data = text.encode("utf-8", "surrogateescape") if isinstance(text, str) else text
    return f"{zlib.crc32(data):x}"


FILTERS: dict[str, Callable[..., Any]] = {
    "accumulate": accumulate,
    "counter": counter,
    "crc32": crc32,
    "dict": from_pairs,
    "dict_kv": dict_kv,
    "groupby_as_dict": groupby_as_dict,
    "keep_keys": keep_keys,
    "lists_difference": lists_difference,
    "lists_intersect": lists_intersect,
    "lists_mergeby": lists_mergeby,
    "lists_symmetric_difference": lists_symmetric_difference,
    "lists_union": lists_union,
    "random_mac": random_mac,
    "remove_keys": remove_keys,
    "replace_keys": replace_keys,
    "unicode_normalize": unicode_normalize,
    "version_sort": version_sort,
}
