"""`opsflow lint` as a person, a program and GitHub see it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.cli import Opsflow

PLAY = """\
- hosts: localhost
  tasks:
    - name: Ask
      command: id
    - name: Broken
      coppy: {}
"""


@pytest.fixture
def opsflow(tmp_path: Path) -> Opsflow:
    (tmp_path / "play.yml").write_text(PLAY)
    (tmp_path / "fine.yml").write_text("- hosts: localhost\n  tasks: [{name: One, ping: }]\n")
    (tmp_path / "warned.yml").write_text(PLAY[: PLAY.index("    - name: Broken")])
    return Opsflow(tmp_path)


def test_text_shows_the_lines_and_ends_with_numbers(opsflow: Opsflow) -> None:
    done = opsflow("lint", "play.yml")
    assert done.code == 3
    assert "play.yml:6:7: error: there is no module or keyword 'coppy' [invalid]" in done.out
    assert "    6 |       coppy: {}\n      |       ^\n  → did you mean 'copy'?" in done.out
    assert done.out.endswith("1 error, 1 warning\n")


def test_json_holds_all(opsflow: Opsflow) -> None:
    found = json.loads(opsflow("lint", "play.yml", "--format", "json").out)
    assert [(item["rule"], item["severity"], item["line"], item["column"]) for item in found] == [
        ("no-changed-when", "warning", 4, 7),
        ("invalid", "error", 6, 7),
    ]


def test_github_annotations(opsflow: Opsflow) -> None:
    lines = opsflow("lint", "play.yml", "--format", "github").out.splitlines()
    assert lines[1] == (
        "::error file=play.yml,line=6,col=7,title=opsflow invalid::"
        "there is no module or keyword 'coppy' (did you mean 'copy'?)"
    )
    assert lines[0].startswith("::warning file=play.yml,line=4,col=7,")


@pytest.mark.parametrize(
    ("arguments", "code"), [(["fine.yml"], 0), (["warned.yml"], 0), (["warned.yml", "--strict"], 3)]
)
def test_exit_codes(opsflow: Opsflow, arguments: list[str], code: int) -> None:
    assert opsflow("lint", *arguments).code == code


def test_rules_are_switched_off_in_the_configuration(opsflow: Opsflow) -> None:
    config = opsflow.directory / "opsflow.yml"
    config.write_text("lint: {skip: [no-changed-when]}\n")
    assert opsflow("lint", "warned.yml", "--strict").out == "nothing found\n"
    config.write_text("lint: {skip: [no-change-when]}\n")
    done = opsflow("lint", "warned.yml")
    assert (done.code, "did you mean 'no-changed-when'?" in done.err) == (3, True)


def test_rules_are_listed(opsflow: Opsflow) -> None:
    out = opsflow("lint", "--rules").out
    assert "no-changed-when" in out
    assert "undefined-variable" in out


def test_a_wrong_format_is_a_wrong_command_line(opsflow: Opsflow) -> None:
    assert opsflow("lint", "fine.yml", "--format", "xml").code == 5


def test_notes_are_only_counted_unless_asked_for(opsflow: Opsflow) -> None:
    (opsflow.directory / "noted.yml").write_text("- hosts: localhost\n  tasks: [ping: ]\n")
    assert opsflow("lint", "noted.yml").out == "1 note (-v shows notes)\n"
    assert (
        "noted.yml:2:11: info: the task 'ping' has no name [unnamed-task]"
        in opsflow("lint", "noted.yml", "-v").out
    )
    assert opsflow("lint", "noted.yml", "--format", "github").out == ""
    assert "::notice file=noted.yml" in opsflow("lint", "noted.yml", "--format", "github", "-v").out
