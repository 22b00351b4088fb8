"""Files of a small project, and what lint says of them."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from opsflow.lint.check import lint
from opsflow.lint.formats import as_json
from opsflow.lint.model import Finding
from opsflow.lint.refused import Project
from opsflow.templating.render import Renderer

Write = Callable[[str, str], Path]
Linted = Callable[..., list[str]]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a file below the test's directory."""

    def written(name: str, text: str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text).lstrip("\n"))
        return path

    return written


@pytest.fixture
def linted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Linted:
    """Return what lint says of paths as `file:line:column rule: message`."""
    monkeypatch.chdir(tmp_path)

    def said(*paths: str, inventory: str = "web1,db1,", skip: tuple[str, ...] = ()) -> list[str]:
        project = Project(Renderer(), [inventory] if inventory else [])
        return [shown(finding) for finding in lint(paths or ["."], project, skip)]

    return said


def shown(finding: Finding) -> str:
    problem = finding.problem
    place = ":".join(map(str, problem.origin)) if problem.origin else ""
    assert finding.rule.id in as_json([finding], notes=True)
    return f"{place} {finding.rule.id}: {problem.message}" + (f" → {problem.hint}" if problem.hint else "")
