"""A value that stands for no value, where None is one."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Sentinel:
    """Compare with `is Sentinel`; there are no instances."""

    def __new__(cls) -> Any:
        return cls
