"""Filters that rearrange mappings and lists."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

from jinja2 import Environment, pass_environment

from opsflow.templating.kinds import is_iterable, is_list, is_mapping, type_name

_NULLS = (None, "None", "null")
_MERGES: dict[str, Callable[[list[Any], list[Any]], list[Any]]] = {
    "replace": lambda old, new: new,
    "keep": lambda old, new: old,
    "append": lambda old, new: old + new,
    "prepend": lambda old, new: new + old,
    "append_rp": lambda old, new: [item for item in old if item not in new] + new,
    "prepend_rp": lambda old, new: new + [item for item in old if item not in new],
}


def combine(*terms: Any, recursive: bool = False, list_merge: str = "replace") -> dict[Any, Any]:
    """Return one mapping of several (or of lists of them): the later ones win.

    Args:
        terms: mappings and lists of mappings.
        recursive: merge mappings inside them too.
        list_merge: what becomes of two lists under one key: replace, keep, append, prepend, or one of the
            latter with _rp: an old item that is in the new list too is dropped.
    """
    if list_merge not in _MERGES:
        raise ValueError(f"unknown list_merge '{list_merge}'; there are {', '.join(_MERGES)}")
    result: dict[Any, Any] = {}
    for mapping in flatten(terms, levels=1):
        if not is_mapping(mapping):
            raise TypeError(f"expected mappings, got {type_name(mapping)}")
        result = merge(result, mapping, recursive, list_merge)
    return result


def merge(old: Mapping[Any, Any], new: Mapping[Any, Any], recursive: bool, list_merge: str) -> dict[Any, Any]:
    """Return `old` with `new` over it; see `combine`."""
    result = dict(old)
    for key, value in new.items():
        before = result.get(key)
        if recursive and is_mapping(before) and is_mapping(value):
            result[key] = merge(before, value, recursive, list_merge)
        elif is_list(before) and is_list(value):
            result[key] = _MERGES[list_merge](list(before), list(value))
        else:
            result[key] = value
    return result


def dict2items(mapping: Any, key_name: str = "key", value_name: str = "value") -> list[dict[str, Any]]:
    """Return a mapping as a list of {key, value}."""
    if not is_mapping(mapping):
        raise TypeError(f"needs a mapping, not {type_name(mapping)}")
    return [{key_name: key, value_name: value} for key, value in mapping.items()]


def items2dict(items: Any, key_name: str = "key", value_name: str = "value") -> dict[Any, Any]:
    """Return a list of {key, value} as a mapping."""
    if isinstance(items, str | Mapping) or not isinstance(items, Iterable):
        raise TypeError(f"needs a list, not {type_name(items)}")
    try:
        return {item[key_name]: item[value_name] for item in cast("Iterable[Any]", items)}
    except (KeyError, TypeError):
        raise ValueError(
            f"each item must be a mapping with the keys '{key_name}' and '{value_name}'"
        ) from None


def flatten(items: Iterable[Any], levels: int | None = None, skip_nulls: bool = True) -> list[Any]:
    """Return the items with lists inside (all, or `levels` deep) replaced by their own items."""
    result: list[Any] = []
    for item in items:
        if skip_nulls and item in _NULLS:
            continue
        if not is_list(item) or levels == 0:
            result.append(item)
        else:
            result += flatten(item, None if levels is None else levels - 1, skip_nulls)
    return result


def subelements(
    items: Any, subelements: str | Iterable[str], skip_missing: bool = False
) -> list[tuple[Any, Any]]:
    """Return a pair (item, part) for each part of the list that each item holds under a key path."""
    if is_mapping(items):
        items = list(items.values())
    if not is_list(items):
        raise TypeError("needs a list of mappings or a mapping of mappings")
    if isinstance(subelements, str):
        path = subelements.split(".")
    elif is_list(subelements):
        path = list(subelements)
    else:
        raise TypeError(f"the key must be text or a list, not {type_name(subelements)}")
    return [(item, part) for item in items for part in _parts(item, path, skip_missing)]


def _parts(item: Any, path: list[str], skip_missing: bool) -> list[Any]:
    found = item
    for key in path:
        if found is None and skip_missing:
            return []
        if not is_mapping(found):
            raise TypeError(f"'{key}' can only be looked up in a mapping, not in {type_name(found)}")
        if key not in found:
            if skip_missing:
                return []
            raise ValueError(f"an item has no '{key}'; it has {', '.join(map(str, found))}")
        found = found[key]
    if not is_list(found):
        raise TypeError(f"'{'.'.join(path)}' must be a list, not {type_name(found)}")
    return list(found)


@pass_environment
def extract(environment: Environment, key: Any, container: Any, morekeys: Any = None) -> Any:
    """Return container[key], or what lies deeper under `morekeys` (one key or a list)."""
    value = environment.getitem(container, key)
    for more in [] if morekeys is None else morekeys if is_list(morekeys) else [morekeys]:
        value = environment.getitem(value, more)
    return value


def rekey_on_member(data: Any, key: str, duplicates: str = "error") -> dict[Any, Any]:
    """Return the mappings of a list or mapping, under the value each has for `key`."""
    if duplicates not in ("error", "overwrite"):
        raise ValueError(f"duplicates is 'error' or 'overwrite', not '{duplicates}'")
    items = list(data.values()) if is_mapping(data) else data
    if not is_iterable(items):
        raise TypeError(f"needs a list or mapping of mappings, not {type_name(items)}")
    result: dict[Any, Any] = {}
    for item in items:
        if not is_mapping(item):
            raise TypeError(f"each item must be a mapping, not {type_name(item)}")
        if key not in item:
            raise ValueError(f"an item has no '{key}'; it has {', '.join(map(str, item))}")
        if item[key] in result and duplicates == "error":
            raise ValueError(f"two items have the {key} {item[key]!r}")
        result[item[key]] = item
    return result


def zip_lists(*lists: Iterable[Any], strict: bool = False) -> list[tuple[Any, ...]]:
    """Return the first items of all lists, then the second ones, to the end of the shortest."""
    return list(zip(*lists, strict=strict))


def zip_longest(*lists: Iterable[Any], fillvalue: Any = None) -> list[tuple[Any, ...]]:
    """As zip, to the end of the longest."""
    return list(itertools.zip_longest(*lists, fillvalue=fillvalue))


def product(*lists: Iterable[Any], repeat: int = 1) -> list[tuple[Any, ...]]:
    """Return each combination of one item of each list."""
    return list(itertools.product(*lists, repeat=repeat))


def permutations(items: Iterable[Any], size: int | None = None) -> list[tuple[Any, ...]]:
    """Return each ordered choice of `size` items (of all)."""
    return list(itertools.permutations(items, size))


def combinations(items: Iterable[Any], size: int) -> list[tuple[Any, ...]]:
    """Return each choice of `size` items, whatever their order."""
    return list(itertools.combinations(items, size))


FILTERS: dict[str, Callable[..., Any]] = {
    "combinations": combinations,
    "combine": combine,
    "dict2items": dict2items,
    "extract": extract,
    "flatten": flatten,
    "items2dict": items2dict,
    "permutations": permutations,
    "product": product,
    "rekey_on_member": rekey_on_member,
    "subelements": subelements,
    "zip": zip_lists,
    "zip_longest": zip_longest,
}
