"""What the end of a template makes of a value."""

from __future__ import annotations

import types
from typing import Any

from jinja2 import Undefined


def plain(value: Any) -> Any:
    """Tuples and generators become lists, as they do at the end of a template."""
    if isinstance(value, Undefined):
        str(value)
    if isinstance(value, dict):
        return {plain(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | types.GeneratorType):
        return [plain(item) for item in value]
    return value
