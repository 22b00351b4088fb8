"""How files and settings were before and after, from what modules return as `diff`."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any, NamedTuple

from opsflow.core.failures import loop_items, mappings
from opsflow.core.results import TaskResult

from .lines import Line, line
from .values import readable

LINES = 300
"""How many lines of a result's differences are shown."""

_STYLES = {"+++": "bold", "---": "bold", "@": "place", "+": "add", "-": "remove"}


class Diff(NamedTuple):
    """One thing before and after, as text. `prepared` is what a program told instead."""

    before: str
    after: str
    old: str = "before"
    new: str = "after"
    prepared: str = ""

    @property
    def path(self) -> str:
        """What it is about, empty where the module does not say."""
        return self.new if self.new != "after" else ""


def diffs_of(result: TaskResult) -> list[Diff]:
    """Return all that a result tells of before and after, of the items of its loop as well."""
    items = loop_items(result.public())
    return [diff for told in (result.diff, *(item.get("diff") for item in items)) for diff in read(told)]


def read(diff: object) -> list[Diff]:
    """Return the differences in a result's `diff`, which is one or a list of them."""
    found = [_read(one) for one in mappings(diff) or mappings([diff])]
    return [one for one in found if one.prepared or one.before != one.after]


def diff_lines(diff: object) -> list[Line]:
    """Return a result's `diff` as lines of a unified diff."""
    lines = [text for one in read(diff) for text in unified(one)]
    shown = [line((text, style_of(text))) for text in lines[:LINES]]
    more = len(lines) - len(shown)
    return [*shown, line((f"… ({more} more lines)", "dim"))] if more else shown


def style_of(text: str) -> str:
    """Return how a line of a unified diff is shown."""
    return next((style for start, style in _STYLES.items() if text.startswith(start)), "")


def unified(diff: Diff) -> list[str]:
    """Return the lines of a unified diff."""
    if diff.prepared:
        return diff.prepared.splitlines()
    before, after = diff.before.splitlines(), diff.after.splitlines()
    return list(difflib.unified_diff(before, after, diff.old, diff.new, lineterm=""))


def _read(diff: Mapping[str, Any]) -> Diff:
    prepared = diff.get("prepared")
    before, after = (_side(diff.get(side)) for side in ("before", "after"))
    old, new = (str(diff.get(f"{side}_header") or side) for side in ("before", "after"))
    return Diff(before, after, old, new, prepared if isinstance(prepared, str) else "")


def _side(value: object) -> str:
    return readable(value) if value not in (None, "") else ""
