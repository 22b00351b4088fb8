"""Texts of hosts as a document may show them: without what moves a cursor, as long as one reads."""

from __future__ import annotations

import re
from datetime import datetime

from .lines import clean

WIDTH = 2000
"""Characters of a line that are shown."""
LINES = 60
"""Lines of a message or of the end of an output that are shown."""

_NO_CHARACTER = re.compile("[\ud800-\udfff\ufffe\uffff]")


def shown(text: str, *, lines: int = LINES) -> str:
    """Return a text without control characters; each line, and all of them, cut."""
    found = text.splitlines()
    cut = [f"… ({len(found) - lines} more lines)"] if len(found) > lines else []
    kept = [one if len(one) <= WIDTH else f"{one[:WIDTH]}…" for one in found[:lines]]
    return _NO_CHARACTER.sub("\ufffd", "\n".join([*map(clean, kept), *cut]))


def moment_text(seconds: float) -> str:
    """Return a time as people read it, with the zone that it is told in."""
    return datetime.fromtimestamp(seconds).astimezone().strftime("%Y-%m-%d %H:%M:%S %z")
