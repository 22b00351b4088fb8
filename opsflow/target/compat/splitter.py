"""Arguments in a line of text."""

from __future__ import annotations


def unquote(data: str) -> str:
    """Return a text without the quotes around it."""
    return data[1:-1] if is_quoted(data) else data


def is_quoted(data: str) -> bool:
    """Tell whether a text is in quotes."""
    return len(data) > 1 and data[0] == data[-1] and data[0] in "\"'"


def split_args(args: str) -> list[str]:
    """Return the words of a line; quotes and template braces keep blanks together, and stay."""
    words: list[str] = []
    current, quote, depth, place = "", "", 0, 0
    while place < len(args):
        char, pair = args[place], args[place : place + 2]
        if char.isspace() and not quote and not depth:
            words, current = words + ([current] if current else []), ""
            place += 1
            continue
        step = 2 if pair in ("{{", "}}", "{%", "%}", "{#", "#}") or (char == "\\" and quote) else 1
        if pair in ("{{", "{%", "{#"):
            depth += 1
        elif pair in ("}}", "%}", "#}") and depth:
            depth -= 1
        elif char in "\"'" and not depth:
            quote = "" if char == quote else quote or char
        current += args[place : place + step]
        place += step
    if quote or depth:
        raise ValueError("failed at splitting arguments, either an unbalanced jinja2 block or quotes")
    return words + ([current] if current else [])
