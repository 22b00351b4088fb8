"""The filters that templates have beside Jinja2's own: those of ansible.builtin, and of two collections.

A theme is a file; each has its table FILTERS, and COLLECTION where they are not ansible.builtin's. Names,
arguments and results are Ansible's, which docs/templating.md tells in short with the few differences.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from opsflow.templating.guard import guard

from . import (
    crypto,
    data,
    dates,
    formats,
    general,
    logic,
    net,
    networks,
    numbers,
    paths,
    serialise,
    sets,
    text,
    vault,
)

_THEMES = (crypto, data, dates, logic, net, numbers, paths, serialise, sets, text, vault)
_OF_COLLECTIONS = (general, formats, networks)

_ADDRESSES = ("ipaddr", "ipv4", "ipv6", "ipwrap")

FILTERS: dict[str, Callable[..., Any]] = {
    name: guard("filter", name, function, takes_undefined=name in logic.TAKE_UNDEFINED)
    for theme in (*_THEMES, *_OF_COLLECTIONS)
    for name, function in theme.FILTERS.items()
}

COLLECTIONS: dict[str, str] = {
    **{name: theme.COLLECTION for theme in _OF_COLLECTIONS for name in theme.FILTERS},
    **dict.fromkeys(_ADDRESSES, networks.COLLECTION),
}
"""Filters that are not ansible.builtin's, with their collection."""
