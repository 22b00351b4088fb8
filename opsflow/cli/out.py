"""Writing to standard output and error, whatever they are; imported by commands that do nothing else."""

from __future__ import annotations

import json
import os
from typing import TextIO


def write(stream: TextIO, text: str) -> None:
    """Write text and flush, with `?` for characters that the stream's encoding lacks.

    When nobody reads any more (`… | head`) the rest goes nowhere: that is no reason to stop a run.
    """
    encoding = stream.encoding or "utf-8"
    try:
        stream.write(text.encode(encoding, "replace").decode(encoding))
        stream.flush()
    except BrokenPipeError:
        with open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), stream.fileno())


def use_color(stream: TextIO) -> bool:
    """Tell whether to colour what goes to a stream: NO_COLOR forbids it, FORCE_COLOR asks for it."""
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or is_screen(stream)


def is_screen(stream: TextIO) -> bool:
    """Tell whether a stream is a terminal that can move its cursor and draw bars."""
    utf8 = stream.encoding.lower().replace("-", "") == "utf8" if stream.encoding else False
    return utf8 and stream.isatty() and os.environ.get("TERM", "") not in ("dumb", "")


def dumps(value: object, indent: int | None = None) -> str:
    """Return a line (or, with `indent`, lines) of JSON: in ASCII, as some readers break lines at U+2028."""
    return json.dumps(value, indent=indent, allow_nan=False) + "\n"
