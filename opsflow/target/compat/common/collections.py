"""What is a sequence, and what can be iterated; mappings that do not change."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, MutableMapping, Sequence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["Hashable", "ImmutableDict", "Mapping", "MutableMapping", "Sequence", "count", "is_iterable",
           "is_sequence", "is_string"]  # fmt: skip


class ImmutableDict(Hashable, Mapping):  # type: ignore[type-arg]
    """A mapping that can't be changed and can be a key."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._store: dict[Any, Any] = dict(*args, **kwargs)

    def __getitem__(self, key: Any) -> Any:
        return self._store[key]

    def __iter__(self) -> Any:
        return iter(self._store)

    def __len__(self) -> int:
        return len(self._store)

    def __hash__(self) -> int:
        return hash(frozenset(self._store.items()))

    def __eq__(self, other: object) -> bool:
        try:
            return hash(self) == hash(other)
        except TypeError:
            return False

    def __repr__(self) -> str:
        return "ImmutableDict(%r)" % self._store

    def union(self, overriding_mapping: Any) -> ImmutableDict:
        """Return a new one with the other mapping's items on top."""
        return ImmutableDict(self._store, **overriding_mapping)

    def difference(self, subtractive_iterable: Any) -> ImmutableDict:
        """Return a new one without some keys."""
        gone = frozenset(subtractive_iterable)
        return ImmutableDict((key, value) for key, value in self._store.items() if key not in gone)


def is_string(seq: Any) -> bool:
    """Tell whether it is text or bytes."""
    return isinstance(seq, (str, bytes)) or getattr(seq, "__ENCRYPTED__", False)


def is_iterable(seq: Any, include_strings: bool = False) -> bool:
    """Tell whether it can be iterated; text counts only if asked for."""
    if not include_strings and is_string(seq):
        return False
    try:
        iter(seq)
    except TypeError:
        return False
    return True


def is_sequence(seq: Any, include_strings: bool = False) -> bool:
    """Tell whether it is a sequence; text counts only if asked for."""
    return (include_strings or not is_string(seq)) and isinstance(seq, Sequence)


def count(seq: Any) -> dict[Any, int]:
    """Return how often each item occurs."""
    if not is_iterable(seq):
        raise Exception(  # noqa: TRY002
            "Argument provided  is not an iterable"
        )
    counters: dict[Any, int] = {}
    for item in seq:
        counters[item] = counters.get(item, 0) + 1
    return counters
