"""OpsFlow tells of every case what ansible-core told, but for the differences that are documented."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from . import ours
from .case import Case, find_cases
from .compare import differences
from .story import scratch

CASES = find_cases()
DOCUMENTED = (Path(__file__).parents[2] / "docs" / "differences.md").read_text()


@pytest.mark.parametrize("case", [case for case in CASES if not case.differs], ids=lambda case: case.name)
async def test_opsflow_tells_what_ansible_tells(case: Case) -> None:
    if case.lacking:
        pytest.skip(f"needs {', '.join(case.lacking)}")
    with scratch(case):
        told, problems = await ours.play(case)
    assert differences(json.loads(case.fixture.read_text()), told) == [], problems


@pytest.mark.parametrize("case", [case for case in CASES if case.differs], ids=lambda case: case.name)
async def test_a_deliberate_difference_is_as_documented(case: Case) -> None:
    with scratch(case):
        told, _ = await ours.play(case)
    assert told == json.loads(case.own_fixture.read_text())
    assert differences(json.loads(case.fixture.read_text()), told), "no difference: remove `# differs:`"
    assert f"`{case.name}`" in DOCUMENTED


def test_there_are_many_cases() -> None:
    assert len(CASES) >= 150
