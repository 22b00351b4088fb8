"""Faults on the control node, by the command line, on plays that need no other host."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.support.cli import Opsflow, environment

PLAY = [{"hosts": "all", "connection": "local", "gather_facts": False, "tasks": [{"command": "true"}]}]


@pytest.fixture
def opsflow(tmp_path: Path) -> Opsflow:
    (tmp_path / "hosts.yml").write_text("all: {hosts: {here: }}\n")
    return Opsflow(tmp_path, tmp_path / "hosts.yml")


def test_notifiers_that_fail_are_told_of_and_change_nothing(opsflow: Opsflow) -> None:
    notifiers = [
        {"type": "webhook", "url": "http://127.0.0.1:9/t0ken", "retries": 0},
        {
            "type": "email",
            "host": "127.0.0.1",
            "port": 9,
            "from": "a@b.example",
            "to": "c@d.example",
            "retries": 0,
        },
        {"type": "file", "path": "/proc/nowhere/report"},
        {"type": "file", "path": "report.ndjson"},
    ]
    (opsflow.directory / "opsflow.yml").write_text(yaml.safe_dump({"notifiers": notifiers}))
    done = opsflow.play(PLAY)
    assert done.code == 0
    warnings = [line for line in (done.out + done.err).splitlines() if "WARNING" in line.upper()]
    assert len(warnings) == 3, done
    for name, why in (("webhook", "127.0.0.1:9"), ("email", "127.0.0.1"), ("file", "/proc/nowhere/report")):
        assert [line for line in warnings if name in line and why in line], warnings
    assert "t0ken" not in done.out + done.err
    report = json.loads((opsflow.directory / "report.ndjson").read_text())
    assert report["outcome"] == "changed"


def test_a_notifier_that_makes_no_sense_is_known_before_the_first_host(opsflow: Opsflow) -> None:
    (opsflow.directory / "opsflow.yml").write_text("notifiers:\n  - type: webhok\n")
    done = opsflow.play(PLAY)
    assert (done.code, done.out) == (3, "")
    assert "opsflow.yml:2:" in done.err
    assert "did you mean 'webhook'?" in done.err


@pytest.mark.parametrize("output", ["text", "json", "ndjson"])
def test_a_reader_that_goes_away_ends_nothing(opsflow: Opsflow, output: str) -> None:
    play = [{**PLAY[0], "tasks": [{"command": f"touch {opsflow.directory}/done"}]}]
    (opsflow.directory / "play.yml").write_text(yaml.safe_dump(play))
    command = f"{sys.executable} -m opsflow play play.yml -i hosts.yml --output {output}"
    done = subprocess.run(
        ["bash", "-c", f"{command} | true; exit ${{PIPESTATUS[0]}}"],
        cwd=opsflow.directory, env=environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert (opsflow.directory / "done").exists()


def test_bad_input_that_only_a_run_can_find_ends_it_and_is_notified(opsflow: Opsflow) -> None:
    notifiers = [{"type": "file", "path": "report.ndjson"}]
    (opsflow.directory / "opsflow.yml").write_text(yaml.safe_dump({"notifiers": notifiers}))
    first = {**PLAY[0], "tasks": [{"set_fact": {"which": "none"}}]}
    done = opsflow.play([first, {**PLAY[0], "vars_files": ["{{ which }}.yml"]}])
    assert done.code == 6  # a host was touched: the code and the summary say the same
    assert "STOPPED  bad input: there is no file of variables: none.yml" in done.out
    assert done.err.endswith("1 problem found; the run ended there\n")
    assert json.loads((opsflow.directory / "report.ndjson").read_text())["stopped"].startswith("bad input: ")


def test_what_a_value_lacks_is_said_in_words(opsflow: Opsflow) -> None:
    tasks = [
        {"name": "key", "debug": {"msg": "{{ conf.versoin }}"}, "ignore_errors": True},
        {"name": "item", "debug": {"msg": "{{ ports[3] }}"}, "ignore_errors": True},
        {"name": "host", "debug": {"msg": "{{ hostvars['her'].ports }}"}},
    ]
    done = opsflow.play([{**PLAY[0], "vars": {"conf": {"version": 1}, "ports": [1]}, "tasks": tasks}])
    assert done.code == 2
    assert "a mapping has no key 'versoin' (did you mean 'version'?)" in done.out
    assert "a list has no item 3" in done.out
    assert "a mapping has no key 'her' (did you mean 'here'?)" in done.out
