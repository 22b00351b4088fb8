"""Values of results as people read them: YAML with text in blocks, and diffs."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

import yaml

from opsflow.core.failures import mappings
from opsflow.core.jsonable import jsonable
from opsflow.report.lines import Line, line, lines_of

DIFF_LINES = 300

_NOISE = {
    "changed", "failed", "skipped", "diff", "invocation", "results", "warnings", "deprecations", "start",
    "end", "delta", "stdout_lines", "stderr_lines", "msg_lines",
}  # fmt: skip


class _Dumper(yaml.SafeDumper):
    """Writes text of several lines as a block."""


def _text(dumper: Any, value: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)


_Dumper.add_representer(str, _text)


def readable(value: object) -> str:
    """Return a value as YAML; text as it is."""
    plain = jsonable(value)
    if isinstance(plain, str):
        return plain
    text = yaml.dump(
        plain, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100, default_flow_style=False
    )
    return text.removesuffix("...\n").rstrip()


def data_lines(data: Mapping[str, Any], *, everything: bool) -> list[Line]:
    """Return a result's values as lines; without `everything`, those that only repeat others are left out."""
    kept = {
        key: value
        for key, value in data.items()
        if not key.startswith("_ansible")
        and (everything or (key not in _NOISE and value not in ("", [], {})))
    }
    return lines_of(readable(kept), "dim") if kept else []


def diff_lines(diff: object) -> list[Line]:
    """Return a result's `diff` (one or a list, `before`/`after` or `prepared`) as lines of a unified diff."""
    lines: list[Line] = []
    for one in mappings(diff) or mappings([diff]):
        lines += _unified(one)
    if len(lines) > DIFF_LINES:
        return [*lines[:DIFF_LINES], line((f"… ({len(lines) - DIFF_LINES} more lines)", "dim"))]
    return lines


def _unified(diff: Mapping[str, Any]) -> list[Line]:
    if isinstance(prepared := diff.get("prepared"), str):
        return [_diff_line(text) for text in prepared.splitlines()]
    before, after = (_side(diff.get(key)) for key in ("before", "after"))
    if before == after:
        return []
    old, new = (str(diff.get(f"{side}_header") or side) for side in ("before", "after"))
    return [_diff_line(text) for text in difflib.unified_diff(before, after, old, new, lineterm="")]


def _side(value: object) -> list[str]:
    return readable(value).splitlines() if value not in (None, "") else []


def _diff_line(text: str) -> Line:
    styles = {"+++": "bold", "---": "bold", "@": "place", "+": "add", "-": "remove"}
    return line((text, next((style for start, style in styles.items() if text.startswith(start)), "")))
