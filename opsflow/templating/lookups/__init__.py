"""The lookups of templates and `with_` loops: `lookup('file', 'motd')`, `with_items: …`.

They run on the control node. A theme is a file; each has its table LOOKUPS.
"""

from __future__ import annotations

from . import commands, config, files, loops, password, tables, variables, web
from .base import Lookup, LookupContext, guard

__all__ = ["LOOKUPS", "TAKE_UNDEFINED", "WAITING", "Lookup", "LookupContext"]

_THEMES = (commands, config, files, loops, password, tables, variables, web)

TAKE_UNDEFINED = frozenset({"first_found"})
"""The lookups that take undefined terms."""

LOOKUPS: dict[str, Lookup] = {
    name: guard(name, function, takes_undefined=name in TAKE_UNDEFINED)
    for theme in _THEMES
    for name, function in theme.LOOKUPS.items()
}

WAITING = frozenset({"lines", "password", "pipe", "url"})
"""Lookups that may take long."""
