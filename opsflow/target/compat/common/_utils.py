"""Small helpers about classes."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def get_all_subclasses(cls: Any) -> set[Any]:
    """Return all classes below a class."""
    found: set[Any] = set()
    left = list(cls.__subclasses__())
    while left:
        one = left.pop()
        if one not in found:
            found.add(one)
            left.extend(one.__subclasses__())
    return found
