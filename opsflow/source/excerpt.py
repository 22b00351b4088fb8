"""The source line behind an error, with a caret under the place."""

from __future__ import annotations

import linecache

from opsflow.core.errors import InputError, Problem
from opsflow.core.origin import Origin

from .vault import is_encrypted


def excerpt(origin: Origin, *, around: int = 1) -> str:
    """Return the line at `origin`, `around` lines before it and a caret; empty when it can't be read."""
    if is_encrypted(linecache.getline(origin.file, 1)):
        return ""  # its lines are not those that the problem was found in
    lines: list[str] = []
    for number in range(max(1, origin.line - around), origin.line + 1):
        text = linecache.getline(origin.file, number).rstrip("\n")
        if text or number < origin.line:
            lines.append(f"{number:>5} | {text}".rstrip())
    if not lines or not lines[-1].startswith(f"{origin.line:>5} | "):
        return ""
    return "\n".join([*lines, " " * 5 + " | " + " " * (origin.column - 1) + "^"])


def describe(problem: Problem) -> str:
    """Return a problem as a person reads it: what, where, the source line, what to do."""
    parts = [f"{problem.origin}: {problem.message}" if problem.origin else problem.message]
    parts += [f"  included from {place}" for place in reversed(problem.trail)]
    if problem.origin and (shown := excerpt(problem.origin)):
        parts.append(shown)
    if problem.hint:
        parts.append(f"  → {problem.hint}")
    return "\n".join(parts)


def describe_all(error: InputError) -> str:
    """Return all problems of an error in order, an empty line between two."""
    return "\n\n".join(describe(problem) for problem in error.problems)
