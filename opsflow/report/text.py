"""The report of a run as a whole: plain text, and the same lines as HTML."""

from __future__ import annotations

import html
from collections.abc import Sequence

from opsflow.core.jsonable import iso_time
from opsflow.core.results import RunSummary

from .fold import duration_text
from .lines import Line, clean, line, render
from .recap import recap_lines

MAX_LINES = 2000
"""Where a report is cut: no mail of a thousand failing hosts grows without end."""

_COLORS = {
    "ok": "#1a7f37", "add": "#1a7f37", "changed": "#9a6700", "warning": "#9a6700", "skipped": "#57606a",
    "failed": "#cf222e", "unreachable": "#cf222e", "error": "#cf222e", "remove": "#cf222e",
    "ignored": "#8250df", "rescued": "#8250df", "dim": "#57606a", "place": "#0969da",
}  # fmt: skip
_BOLD = {"bold", "failed", "unreachable"}


def report_lines(summary: RunSummary) -> list[Line]:
    """Return what a person who did not watch should know: the recap with logs, and each task's counts."""
    lines = [*_head(summary), (), *recap_lines(summary, {}, logs=True)[1:], *_tasks(summary)]
    if len(lines) > MAX_LINES:
        return [*lines[:MAX_LINES], line(f"… ({len(lines) - MAX_LINES} more lines)")]
    return lines


def _head(summary: RunSummary) -> list[Line]:
    books = ", ".join(summary.playbooks) or "a command"
    return [
        line(("OpsFlow  ", "bold"), (books, "bold")),
        line(("run ", "dim"), summary.run_id, ("  started ", "dim"), iso_time(summary.started)),
    ]


def _tasks(summary: RunSummary) -> list[Line]:
    lines: list[Line] = []
    for task in summary.tasks:
        counts = ", ".join(f"{count} {word}" for word, count in task.counts.items()) or "no host"
        lines.append(line(f"  {task.name}  ", counts, (f"  {duration_text(task.duration)}", "dim")))
    return [(), line(("TASKS", "bold")), *lines] if lines else []


def as_text(lines: Sequence[Line]) -> str:
    """Return lines as plain text."""
    return "".join(f"{render(spans, color=False)}\n" for spans in lines)


def as_html(lines: Sequence[Line], title: str) -> str:
    """Return lines as a small HTML page that needs nothing from elsewhere."""
    body = "\n".join("".join(_span(text, style) for text, style in spans) for spans in lines)
    return (
        '<!DOCTYPE html>\n<html><head><meta charset="utf-8">'
        f"<title>{html.escape(clean(title))}</title></head>\n"
        '<body><pre style="font: 13px/1.4 monospace; white-space: pre-wrap">'
        f"{body}</pre></body></html>\n"
    )


def _span(text: str, style: str) -> str:
    escaped = html.escape(clean(text))
    rules = [f"color:{_COLORS[style]}"] if style in _COLORS else []
    rules += ["font-weight:bold"] if style in _BOLD else []
    return f'<span style="{";".join(rules)}">{escaped}</span>' if rules and text else escaped
