"""What a value is, as people call it in a playbook."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeGuard

_PLAIN = (str, dict, list)


def type_name(value: Any) -> str:
    """Return the plain type's name: `str`, `dict` and `list` for text, mappings and lists of a playbook."""
    for plain in _PLAIN:
        if isinstance(value, plain):
            return plain.__name__
    return "dict" if isinstance(value, Mapping) else type(value).__name__


def is_list(value: Any) -> TypeGuard[Sequence[Any]]:
    """Tell whether `value` is a list or tuple (text is not)."""
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


def is_iterable(value: Any) -> TypeGuard[Iterable[Any]]:
    """Tell whether `value` has items to go through (text has not)."""
    return isinstance(value, Iterable) and not isinstance(value, str | bytes)


def is_mapping(value: Any) -> TypeGuard[Mapping[Any, Any]]:
    """Tell whether `value` is a mapping; lazily rendered ones need not be dicts."""
    return isinstance(value, Mapping)


def text(value: Any) -> str:
    """Return `value` as plain text without its origin; bytes are UTF-8."""
    return value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else str(value)


def as_list(value: Any) -> list[Any]:
    """Return a list: of the items of a list, else of the one value."""
    return list(value) if is_list(value) else [value]
