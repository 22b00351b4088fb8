"""Findings as a person, a program or GitHub reads them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from opsflow.source.excerpt import describe

from .model import RULES, Finding, Severity

_GITHUB = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def as_text(findings: Sequence[Finding], *, notes: bool) -> str:
    """Return findings with the lines of source that they are about, and their number at the end."""
    shown: list[str] = []
    for finding in _wanted(findings, notes):
        message = f"{finding.rule.severity}: {finding.problem.message} [{finding.rule.id}]"
        shown.append(describe(finding.problem._replace(message=message)) + "\n")
    counts = Counter(finding.rule.severity for finding in findings)
    parts = [f"{count} {_plural(name, count)}" for name in Severity if (count := counts[name])]
    hidden = " (-v shows notes)" if counts[Severity.INFO] and not notes else ""
    return "\n".join([*shown, (", ".join(parts) or "nothing found") + hidden])


def _wanted(findings: Sequence[Finding], notes: bool) -> list[Finding]:
    return [finding for finding in findings if notes or finding.rule.severity is not Severity.INFO]


def _plural(severity: Severity, count: int) -> str:
    name = "note" if severity is Severity.INFO else str(severity)
    return name if count == 1 else f"{name}s"


def as_json(findings: Sequence[Finding], *, notes: bool) -> str:
    """Return a JSON list with an object for each finding, notes always among them."""
    return json.dumps([_document(finding) for finding in findings], indent=2, ensure_ascii=False)


def _document(finding: Finding) -> dict[str, Any]:
    problem = finding.problem
    origin = problem.origin
    return {
        "rule": finding.rule.id,
        "severity": str(finding.rule.severity),
        "message": problem.message,
        "hint": problem.hint,
        "file": origin.file if origin else None,
        "line": origin.line if origin else None,
        "column": origin.column if origin else None,
        "from": [place._asdict() for place in problem.trail],
    }


def as_github(findings: Sequence[Finding], *, notes: bool) -> str:
    """Return workflow commands that GitHub shows at the lines of a change."""
    return "\n".join(map(_annotation, _wanted(findings, notes)))


def _annotation(finding: Finding) -> str:
    problem = finding.problem
    origin = problem.origin
    text = problem.message + (f" ({problem.hint})" if problem.hint else "")
    properties = {"title": f"opsflow {finding.rule.id}"}
    if origin:
        properties = {"file": origin.file, "line": str(origin.line), "col": str(origin.column), **properties}
    shown = ",".join(f"{name}={_escaped(value, ':,')}" for name, value in properties.items())
    return f"::{_GITHUB[finding.rule.severity]} {shown}::{_escaped(text)}"


def _escaped(text: str, more: str = "") -> str:
    for character in "%\r\n" + more:
        text = text.replace(character, f"%{ord(character):02X}")
    return text


def rules_table() -> str:
    """Return all rules: id, severity, what it is about."""
    width = max(map(len, RULES))
    ordered = sorted(RULES.values(), key=lambda rule: (list(Severity).index(rule.severity), rule.id))
    return "\n".join(f"{rule.id:<{width}}  {rule.severity:<7}  {rule.about}" for rule in ordered)


FORMATS: dict[str, Callable[..., str]] = {
    "text": as_text,
    "json": as_json,
    "github": as_github,
}
