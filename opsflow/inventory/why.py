"""Who sets a variable: every layer that does, the strongest first."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from opsflow.core.origin import Origin
from opsflow.source.values import Map, origin_of

from .vars_files import Layer


class Setting(NamedTuple):
    """One place that sets a variable; the value `...` is one that only a run can tell.

    `only` says for which tasks, or since when, where it is not for all.
    """

    layer: str
    value: Any
    origin: Origin | None
    only: str = ""


def settings(layers: Iterable[Layer], name: str, only: str = "") -> list[Setting]:
    """Return where `layers`, the weakest first, set the variable called `name`: the strongest first."""
    found = [
        Setting(layer, values[name], _place(values, name), only) for layer, values in layers if name in values
    ]
    return found[::-1]


def winner(found: Iterable[Setting]) -> Setting | None:
    """Return the setting that counts for a task that is nothing special, if any does."""
    return next((setting for setting in found if not setting.only), None)


def _place(values: Any, name: str) -> Origin | None:
    return values.origin_of(name) if isinstance(values, Map) else origin_of(values[name])
