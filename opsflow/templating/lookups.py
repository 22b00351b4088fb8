"""Lookups: values from the control node that a template asks for by name."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol


class LookupContext(Protocol):
    """What a lookup may use: the files and variables of the task whose template calls it."""

    variables: Mapping[str, Any]

    def find_file(self, name: str, kind: str) -> Path: ...
    def render(self, text: str, *, file: str) -> str: ...


class Lookup(Protocol):
    """A lookup: terms in, values out. Raises TaskError."""

    def __call__(self, terms: list[Any], context: LookupContext, **options: Any) -> list[Any]: ...


def _items(terms: list[Any], context: LookupContext, **_: Any) -> list[Any]:
    return [item for term in terms for item in (term if isinstance(term, list) else [term])]  # pyright: ignore[reportUnknownVariableType]


LOOKUPS: dict[str, Lookup] = {"items": _items}
