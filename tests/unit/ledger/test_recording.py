"""A ledger that fails while a run goes on: a warning, or the end of the run where it is required."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from opsflow.cli.main import main
from opsflow.ledger import writer
from opsflow.ledger.place import LedgerError

PLAY = """\
- hosts: all
  gather_facts: false
  tasks:
    - command: sleep 0.5
    - command: "true"
    - command: touch DIRECTORY/after
"""

Play = Callable[[], tuple[int, str, str]]


@pytest.fixture
def play(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Play:
    """Play with a ledger whose disk is full from the first row; return exit code, output and errors."""

    def fail(self: writer.Writer, batch: list[writer.Job]) -> None:
        raise LedgerError("the disk is full", hint="make room there")

    def run() -> tuple[int, str, str]:
        command = ["opsflow", "play", "play.yml", "-i", "web1,", "-c", "local"]
        monkeypatch.setattr(sys, "argv", command)
        with pytest.raises(SystemExit) as ended:
            main()
        captured = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return ended.value.code, captured.out, captured.err

    (tmp_path / "play.yml").write_text(PLAY.replace("DIRECTORY", str(tmp_path)))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPSFLOW_STATE", f"sqlite://{tmp_path}/ledger.db")
    monkeypatch.setattr(writer.Writer, "_write", fail)
    return run


def test_the_run_goes_on_and_is_told_of_once(play: Play, tmp_path: Path) -> None:
    code, out, err = play()
    assert (code, err) == (0, "")
    assert out.count("warning: the record of this run is not complete: the disk is full") == 1
    assert "→ make room there" in out
    assert (tmp_path / "after").exists()


def test_a_run_that_requires_its_ledger_is_stopped(play: Play, tmp_path: Path) -> None:
    (tmp_path / "opsflow.yml").write_text("ledger: required\n")
    code, out, err = play()
    assert code == 1
    assert "STOPPED  its ledger failed: the disk is full" in out
    assert err.startswith("opsflow: the disk is full\n")
    assert not (tmp_path / "after").exists()
