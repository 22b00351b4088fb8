"""Filters that treat lists as sets. Unlike Ansible's, their results keep the order of the input."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable
from typing import Any

from jinja2 import Environment, pass_environment
from jinja2.filters import do_unique


@pass_environment
def unique(
    environment: Environment, items: Iterable[Any], case_sensitive: bool | None = None, attribute: Any = None
) -> list[Any]:
    """Return each item once. Case does not count unless `case_sensitive`."""
    values = list(items)
    try:
        found: Any = do_unique(environment, values, bool(case_sensitive), attribute)
        return list(found)
    except TypeError:  # unhashable items
        if case_sensitive is False or attribute:
            raise
        return _distinct(values)


def union(first: Iterable[Any], second: Iterable[Any]) -> list[Any]:
    """Return the items that are in either list."""
    return _distinct([*first, *second])


def intersect(first: Iterable[Any], second: Iterable[Any]) -> list[Any]:
    """Return the items that are in both lists."""
    items, others = list(first), list(second)
    known = _searchable(items, others)
    return _distinct([item for item in items if item in known])


def difference(first: Iterable[Any], second: Iterable[Any]) -> list[Any]:
    """Return the items of the first list that are not in the second."""
    items, others = list(first), list(second)
    known = _searchable(items, others)
    return _distinct([item for item in items if item not in known])


def symmetric_difference(first: Iterable[Any], second: Iterable[Any]) -> list[Any]:
    """Return the items that are in just one of the lists."""
    one, two = list(first), list(second)
    return difference(one, two) + difference(two, one)


def _distinct(items: list[Any]) -> list[Any]:
    try:
        return list(dict.fromkeys(items))
    except TypeError:  # unhashable items are compared one by one
        return [item for place, item in enumerate(items) if item not in items[:place]]


def _searchable(asked: list[Any], items: list[Any]) -> Container[Any]:
    """Return `items` as a set where all items are hashable (those that will be asked for, too)."""
    try:
        hash(tuple(asked))
        return set(items)
    except TypeError:
        return items


FILTERS: dict[str, Callable[..., Any]] = {
    "difference": difference,
    "intersect": intersect,
    "symmetric_difference": symmetric_difference,
    "union": union,
    "unique": unique,
}
