"""`--plan`, `--plan-out` and `--apply` as a person types them, on this machine."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from opsflow.packages.approval import Document, HostPlan, HostState, digests

from .conftest import Opsflow

IDLE = "- {hosts: all, gather_facts: false, tasks: [{name: only words, debug: {msg: hello}}]}\n"
HERE = ("-i", "web1,web2,", "-c", "local")


@pytest.fixture
def play(tmp_path: Path) -> Path:
    path = tmp_path / "play.yml"
    path.write_text(IDLE)
    return path


def approved(directory: Path, *hosts: str) -> None:
    """Write a plan for the playbook, by a task that it does not have."""
    change = {"name": "app", "old": "1.0", "new": "1.1"}
    plan = HostPlan.model_validate(
        {
            "task": "play.yml:9",
            "name": "upgrade",
            "upgrade": [change],
            "install": [],
            "remove": [],
            "conffiles": "keep",
            "purge": False,
            "fingerprint": "f",
        }
    )
    Document(
        made=datetime(2026, 1, 2, tzinfo=UTC),
        by="me@here",
        opsflow="0.1.0",
        playbooks=digests([str(directory / "play.yml")], directory),
        inventory=[],
        hosts=dict.fromkeys(hosts, plan),
        states={"f": HostState(packages={}, holds=[], unfinished=[], sources={})},
    ).write(directory / "plan.json")


def test_a_playbook_without_upgrades_has_no_plan(opsflow: Opsflow, play: Path) -> None:
    code, out, err = opsflow("play", "play.yml", *HERE, "--plan")
    assert (code, out, err) == (0, "TOTAL  no task plans an upgrade\n", "")
    code, out, _ = opsflow("play", "play.yml", *HERE, "--plan", "--output", "json")
    assert (code, json.loads(out)) == (0, {"hosts": {}, "others": {}, "afterwards": {}, "failed": {}})


def test_no_plan_is_not_written(opsflow: Opsflow, play: Path) -> None:
    code, _, err = opsflow("play", "play.yml", *HERE, "--plan-out", "plan.json")
    assert code == 1
    assert "there is no plan to approve: no task planned an upgrade" in err
    assert not play.with_name("plan.json").exists()


def test_hosts_that_failed_are_told_and_all_hosts_are_asked(opsflow: Opsflow, play: Path) -> None:
    play.write_text(
        "- {hosts: all, gather_facts: no, serial: 1, max_fail_percentage: 0, tasks: [{fail: {msg: bad}}]}\n"
    )
    code, out, _ = opsflow("play", "play.yml", *HERE, "--plan")
    assert code == 2
    assert out == "NOT KNOWN\n  web1,web2  bad\n\nTOTAL  0 of 2 hosts would change\n"


def test_what_is_wrong_with_the_command_is_told_before_any_host(opsflow: Opsflow, play: Path) -> None:
    code, out, err = opsflow("play", "play.yml", *HERE, "--plan", "--output", "jsn")
    assert (code, out) == (5, "")
    assert "there is no output 'jsn'" in err
    code, out, err = opsflow("play", "play.yml", *HERE, "--plan-out", "gone/plan.json")
    assert (code, out) == (5, "")
    assert "--plan-out: there is no directory gone" in err


def test_planning_and_applying_are_two_things(opsflow: Opsflow, play: Path) -> None:
    approved(play.parent, "web1")
    code, _, err = opsflow("play", "play.yml", *HERE, "--plan", "--apply", "plan.json")
    assert code == 5
    assert "--apply carries a plan out" in err


def test_what_was_approved_and_not_done_is_no_success(opsflow: Opsflow, play: Path) -> None:
    approved(play.parent, "web1")
    code, out, err = opsflow("play", "play.yml", *HERE, "--apply", "plan.json")
    assert code == 2
    assert "the plan that me@here made on 2026-01-02" in err
    assert "what was approved was not done on web1: its task did not run there" in err
    assert "not in the approved plan, and not touched by 'all': web2" in out
    assert ", 1 host\n" in out


def test_hosts_of_a_plan_that_are_gone_are_told(opsflow: Opsflow, play: Path) -> None:
    approved(play.parent, "web1", "old9")
    _, _, err = opsflow("play", "play.yml", *HERE, "--apply", "plan.json")
    assert "in the plan, but not among the hosts of this run: old9" in err
    code, _, err = opsflow("play", "play.yml", "-i", "db1,", "-c", "local", "--apply", "plan.json")
    assert code == 3
    assert "no host of this run is in the plan plan.json" in err


def test_a_failed_run_goes_on_with_the_same_plan(opsflow: Opsflow, play: Path) -> None:
    play.write_text("- {hosts: all, gather_facts: false, tasks: [{fail: {msg: no}}]}\n")
    approved(play.parent, "web1")
    code, out, _ = opsflow("play", "play.yml", *HERE, "--apply", "plan.json")
    assert code == 2
    assert "opsflow play play.yml -i web1,web2, --connection local --apply plan.json --limit web1" in out
