"""docs/lint.md lists the rules there are."""

from __future__ import annotations

import re
from pathlib import Path

import opsflow.lint.check  # noqa: F401  # makes all rules known
from opsflow.lint.model import RULES

DOCUMENT = Path(__file__).parents[2] / "docs" / "lint.md"


def test_all_rules_are_documented() -> None:
    rows = re.findall(r"^\| `([\w-]+)` \| (\w+) \| (.*) \|$", DOCUMENT.read_text(), re.M)
    assert sorted(rows) == sorted((rule.id, str(rule.severity), rule.about) for rule in RULES.values())
