"""Lines of styled text, and the one place where text becomes what a terminal gets.

Whatever a host printed ends up here: control characters are taken out, so no output can move the cursor,
set a title or hide other lines.
"""

from __future__ import annotations

import re

from opsflow.core.origin import COMMAND_LINE, Origin

Span = tuple[str, str]
"""Text and the name of its style, "" for none."""
Line = tuple[Span, ...]

CODES = {
    "": "",
    "bold": "1",
    "dim": "2",
    "ok": "32",
    "changed": "33",
    "skipped": "36",
    "ignored": "35",
    "rescued": "35",
    "failed": "1;31",
    "unreachable": "1;31",
    "error": "31",
    "warning": "33",
    "add": "32",
    "remove": "31",
    "place": "36",
}

_ESCAPES = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[ -/]*[0-~]")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def clean(text: str) -> str:
    """Return `text` without escape sequences and control characters, tabs apart."""
    return _CONTROL.sub("", _ESCAPES.sub("", text)) if not text.isprintable() else text


def line(*parts: str | Span) -> Line:
    """Return a line of plain and styled parts."""
    return tuple((part, "") if isinstance(part, str) else part for part in parts)


def place(origin: Origin | None) -> Span:
    """Return words for where something was written; none for what was typed."""
    return (f"at {origin}" if origin and origin.file != COMMAND_LINE else "", "place")


def lines_of(text: str, style: str = "", *, indent: str = "") -> list[Line]:
    """Return each line of a text as a line, `indent` before it."""
    return [line(indent, (part, style)) for part in text.splitlines()]


def indented(lines: list[Line] | tuple[Line, ...], indent: str) -> list[Line]:
    """Return lines moved to the right."""
    return [((indent, ""), *spans) for spans in lines]


def render(spans: Line, *, color: bool) -> str:
    """Return a line as text for a terminal, or without any code when `color` is off."""
    if not color:
        return "".join(clean(text) for text, _ in spans).rstrip()
    return "".join(_coded(clean(text), CODES[style]) for text, style in spans)


def _coded(text: str, code: str) -> str:
    return f"\x1b[{code}m{text}\x1b[0m" if code and text else text
