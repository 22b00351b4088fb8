"""The filters that templates have beside Jinja2's own: those of ansible.builtin, and ipaddr's family.

A theme is a file; each has its table FILTERS. Names, arguments and results are Ansible's, which
docs/templating.md tells in short with the few differences.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from opsflow.templating.guard import guard

from . import crypto, data, dates, logic, net, numbers, paths, serialise, sets, text, vault

_THEMES = (crypto, data, dates, logic, net, numbers, paths, serialise, sets, text, vault)

ADDRESS_FILTERS = ("ipaddr", "ipv4", "ipv6", "ipwrap")  # of the collection ansible.utils

FILTERS: dict[str, Callable[..., Any]] = {
    name: guard("filter", name, function, takes_undefined=name in logic.TAKE_UNDEFINED)
    for theme in _THEMES
    for name, function in theme.FILTERS.items()
}
