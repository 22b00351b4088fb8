"""The lookups of templates and `with_` loops: `lookup('file', 'motd')`, `with_items: …`.

They run on the control node. A theme is a file; each has its table LOOKUPS.
"""

from __future__ import annotations

from . import commands, files, loops, password, tables, variables, web
from .base import Lookup, LookupContext, guard

__all__ = ["LOOKUPS", "Lookup", "LookupContext"]

_THEMES = (commands, files, loops, password, tables, variables, web)

LOOKUPS: dict[str, Lookup] = {
    name: guard(name, function) for theme in _THEMES for name, function in theme.LOOKUPS.items()
}
