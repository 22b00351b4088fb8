"""`opsflow schema` prints a schema of each kind of file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.cli import Opsflow


@pytest.mark.parametrize("kind", ["playbook", "tasks", "inventory", "config"])
def test_a_schema_is_printed(kind: str, tmp_path: Path) -> None:
    schema = json.loads(Opsflow(tmp_path)("schema", kind).out)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_modules_of_the_project_are_in_it(tmp_path: Path) -> None:
    (tmp_path / "library").mkdir()
    (tmp_path / "library" / "deploy.py").write_text("#!/usr/bin/python\n")
    schema = json.loads(Opsflow(tmp_path)("schema", "tasks").out)
    assert "deploy" in schema["$defs"]["task"]["else"]["properties"]


def test_a_kind_that_is_none(tmp_path: Path) -> None:
    done = Opsflow(tmp_path)("schema", "requirements")
    assert (done.code, "must be one of playbook, tasks, inventory, config" in done.err) == (5, True)
