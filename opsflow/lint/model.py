"""Rules and what they find."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from opsflow.core.errors import Problem
from opsflow.playbook.model import Task


class Severity(StrEnum):
    """How bad a finding is: `opsflow play` refuses or a host would fail; a likely mistake; a better way."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule by its id, which `# noqa` and `lint.skip` name."""

    id: str
    severity: Severity
    about: str


@dataclass(frozen=True, slots=True)
class Finding:
    """A place where a rule is broken."""

    rule: Rule
    problem: Problem


RULES: dict[str, Rule] = {}
"""All rules by id; complete when `check` is imported."""


def rule(id_: str, severity: Severity, about: str) -> Rule:
    """Return a new rule of which the user is told."""
    assert id_ not in RULES, f"two rules are called {id_}"
    RULES[id_] = Rule(id_, severity, about)
    return RULES[id_]


def found(rule: Rule, problems: Iterable[Problem]) -> Iterator[Finding]:
    """Yield problems as findings of a rule."""
    return (Finding(rule, problem) for problem in problems)


TaskCheck = Callable[[Task], Iterator[Problem]]


class TaskRules(list[tuple[Rule, TaskCheck]]):
    """Rules that look at one task alone, each with the function that yields what it finds."""

    def rule(self, id_: str, severity: Severity, about: str) -> Callable[[TaskCheck], TaskCheck]:
        """Return a decorator that makes a function a rule."""
        made = rule(id_, severity, about)

        def decorate(check: TaskCheck) -> TaskCheck:
            self.append((made, check))
            return check

        return decorate
