"""What is told of all that was found: each once, in order, and nothing where `# noqa` ends the line."""

from __future__ import annotations

import linecache
import re
from collections.abc import Collection, Iterable
from pathlib import Path

from opsflow.core.errors import Problem, did_you_mean
from opsflow.core.origin import Origin

from .model import RULES, Finding, Severity, found, rule

UNKNOWN = rule("unknown-rule", Severity.WARNING, "`# noqa` that names no rule")

_NOQA = re.compile(r"#\s*noqa\b(?::?\s*([\w\s,-]+))?")


def told(findings: Iterable[Finding], skip: Collection[str]) -> list[Finding]:
    """Return the findings that are told, in order, each once.

    Args:
        findings: all of them.
        skip: ids of rules that are switched off.
    """
    near = [Finding(finding.rule, _near(finding.problem)) for finding in findings]
    kept = [finding for finding in near if finding.rule.id not in skip and not _silenced(finding)]
    for origin in dict.fromkeys(finding.problem.origin for finding in near):
        kept += found(UNKNOWN, _unknown(origin) if origin else ())
    once: dict[tuple[str, Origin | None, str], Finding] = {}
    for finding in kept:  # what several playbooks use is found with each of them
        once.setdefault((finding.rule.id, finding.problem.origin, finding.problem.message), finding)
    return sorted(once.values(), key=_order)


def _order(finding: Finding) -> tuple[Origin, str]:
    return finding.problem.origin or Origin("", 0, 0), finding.rule.id


def _silenced(finding: Finding) -> bool:
    origin = finding.problem.origin
    names = _names(origin) if origin else None
    return names is not None and (not names or finding.rule.id in names)


def _names(origin: Origin) -> list[str] | None:
    """Return the rules that a line switches off: none where it says nothing, empty where it says all."""
    match = _NOQA.search(linecache.getline(origin.file, origin.line))
    if match is None:
        return None
    return re.findall(r"[\w-]+", match[1] or "")


def _unknown(origin: Origin) -> Iterable[Problem]:
    for name in _names(origin) or ():
        if name not in RULES:
            at = origin._replace(column=1)
            yield Problem(f"there is no rule '{name}'", at, did_you_mean(name, RULES))


def _near(problem: Problem) -> Problem:
    """Return a problem with paths relative to the current directory, where they are below it."""
    trail = tuple(_short(place) for place in problem.trail)
    return problem._replace(origin=_short(problem.origin) if problem.origin else None, trail=trail)


def _short(origin: Origin) -> Origin:
    path = Path(origin.file)
    here = Path.cwd()
    return origin._replace(file=str(path.relative_to(here))) if path.is_relative_to(here) else origin
