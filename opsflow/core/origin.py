"""Where a value was written."""

from __future__ import annotations

from typing import NamedTuple

COMMAND_LINE = "command line"
"""The `file` of what a person typed."""


class Origin(NamedTuple):
    """A place in a source file. `line` and `column` count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"
