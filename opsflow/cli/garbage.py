"""When Python looks for garbage: not while files are read, and rarely while a run goes on."""

from __future__ import annotations

import gc

_THRESHOLDS = 50_000, 20, 100
"""New objects before the young ones are looked through, and how often that is before older ones are."""


def look_never() -> None:
    """Reading files makes many objects that stay, and no garbage."""
    gc.disable()


def look_rarely() -> None:
    """Look for what a run leaves behind; playbooks and inventory stay for good."""
    gc.freeze()
    gc.set_threshold(*_THRESHOLDS)
    gc.enable()


def look_no_more() -> None:
    """The process ends: all of its memory goes back at once, and Python need not find out what is garbage."""
    gc.freeze()
