"""The record has how small files were and are, without --diff, and nothing of what is to be hidden."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.cli import Opsflow
from tests.support.ledgers import ledger_text
from tests.support.vaulted import FILE, PASSWORD, SECRET

PLAY = """\
- hosts: all
  gather_facts: false
  vars_files: [vault.yml]
  tasks:
    - {name: Write, copy: {content: "first\\n", dest: DIRECTORY/a}, register: written}
    - {name: Line, lineinfile: {path: DIRECTORY/a, line: second}}
    - {name: Loop, copy: {content: "{{ item }}\\n", dest: "DIRECTORY/{{ item }}"}, loop: [item1, item2]}
    - {name: Ini, ini_file: {path: DIRECTORY/a.ini, section: s, option: o, value: v}}
    - {name: Closed, copy: {content: "hidden1\\n", dest: DIRECTORY/b, mode: "0600"}}
    - {name: Quiet, copy: {content: "hidden2\\n", dest: DIRECTORY/c}, no_log: true}
    - {name: Off, copy: {content: "hidden3\\n", dest: DIRECTORY/d}, diff: false}
    - {name: Vault, copy: {content: "it is {{ db_password }}\\n", dest: DIRECTORY/e}}
    - {name: Same, assert: {that: "'diff' not in written"}}
"""


@pytest.fixture
def place() -> Iterator[Path]:
    """A directory that every account may enter: only there files are for the record."""
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        directory = Path(name)
        directory.chmod(0o755)
        yield directory


@pytest.fixture
def opsflow(tmp_path: Path) -> Opsflow:
    (tmp_path / "opsflow.yml").write_text(f"state: sqlite://{tmp_path}/state/ledger.db\ninventory: web1,\n")
    (tmp_path / "vault.yml").write_text(FILE)
    (tmp_path / "password").write_text(PASSWORD)
    return Opsflow(tmp_path)


def played(opsflow: Opsflow, place: Path) -> str:
    text = PLAY.replace("DIRECTORY", str(place))
    done = opsflow.play(text, "-c", "local", "--vault-password-file", "password")
    assert done.code == 0, done.out
    assert "+second" not in done.out
    return ledger_text(f"sqlite://{opsflow.directory}/state/ledger.db", opsflow.directory / "state")


def test_before_and_after_are_in_the_record(opsflow: Opsflow, place: Path) -> None:
    text = played(opsflow, place)
    for hidden in ("hidden1", "hidden2", "hidden3", SECRET):
        assert hidden not in text
    shown = opsflow("show", "--diff").out
    for part in ("+first", "+second", " first", "+item1", "+item2", "+[s]", "+it is ********"):
        assert part in shown
    assert "+second" not in opsflow("show").out
    data = json.loads(opsflow("report", "--format", "json").out)
    tasks = {task["name"]: task["results"][0]["diffs"] for task in data["plays"][0]["tasks"]}
    (line,) = tasks["Line"]
    assert (line["before"], line["after"], line["new"]) == ("first\n", "first\nsecond\n", f"{place}/a")
    assert [diff["after"] for diff in tasks["Loop"]] == ["item1\n", "item2\n"]
    assert tasks["Closed"] == []


def test_it_can_be_switched_off(opsflow: Opsflow, place: Path) -> None:
    with (opsflow.directory / "opsflow.yml").open("a") as config:
        config.write("ledger_files: no\n")
    assert "second\\n" not in played(opsflow, place)
