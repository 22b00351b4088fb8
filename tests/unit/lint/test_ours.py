"""The playbooks and examples that come with OpsFlow are an example in this as well."""

from __future__ import annotations

from pathlib import Path

from opsflow.lint.check import lint
from opsflow.lint.model import Severity
from opsflow.lint.refused import Project
from opsflow.templating.render import Renderer

ROOT = Path(__file__).parents[3]


def test_nothing_but_notes_is_said_of_them() -> None:
    found = lint([ROOT / "playbooks", ROOT / "examples", ROOT / "inventory"], Project(Renderer()))
    assert [finding for finding in found if finding.rule.severity is not Severity.INFO] == []
