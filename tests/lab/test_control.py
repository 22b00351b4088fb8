"""Runs on hosts that are paused, cut down and ended from another process, each within a second."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from opsflow.lab import Host, Lab
from tests.support.cli import Opsflow, Playing

from .test_faults_interrupt import SHELL, left, sleeping

ONE = {"name": "one", "command": "sleep 5"}
TWO = {"name": "two", "command": "echo two", "notify": "later"}
LATER = {"name": "later", "command": "echo later"}


def play(*tasks: dict[str, Any]) -> list[Any]:
    return [{"hosts": "all", "gather_facts": False, "tasks": list(tasks), "handlers": [LATER]}]


@pytest.fixture
def opsflow(lab: Lab, tmp_path: Path) -> Opsflow:
    (tmp_path / "opsflow.yml").write_text(f"state: sqlite://{tmp_path}/ledger.db\n")
    return Opsflow(tmp_path, lab.inventory)


def begun(opsflow: Opsflow, run: Playing, task: str, hosts: int) -> None:
    """Return when a task has begun on so many hosts, and the run stands in the ledger."""
    run.begun(task, hosts)
    while (live := opsflow("runs", "--live")).code or "no such run" in live.out:  # or no ledger yet
        assert run.process.poll() is None


def done_within_a_second(run: Playing, what: str) -> None:
    """Read events up to a decision, which the run must have carried out at once."""
    event = run.until(lambda event: event["event"] == "decided" and event["what"] == what)
    took = datetime.fromisoformat(event["time"]) - datetime.fromisoformat(event["asked"])
    assert took.total_seconds() < 1


def hosts_of(run: list[dict[str, Any]], task: str) -> set[str]:
    return {e["host"] for e in run if e["event"] == "host_finished" and e["task"]["name"] == task}


def test_a_fleet_is_paused_cut_down_and_let_go_on(opsflow: Opsflow, fleet: list[Host]) -> None:
    names = {host.name for host in fleet}
    out = sorted(names)[-1]
    with opsflow.playing(play(ONE, TWO)) as run:
        begun(opsflow, run, "one", len(names))
        assert opsflow("pause").code == 0
        done_within_a_second(run, "pause")
        run.until(lambda event: event["event"] == "task_finished" and event["task"]["name"] == "one")
        with opsflow.started("attach", "--output", "ndjson") as screen:
            screen.until(lambda event: event["event"] == "decided")
            assert opsflow("skip", out, "--reason", "being repaired").code == 0
            done_within_a_second(run, "skip")
            assert "PAUSED by " in opsflow("runs", "--live").out
            assert opsflow("resume").code == 0
            done_within_a_second(run, "resume")
            seen = screen.end()
        done = run.end()
    assert (done.code, seen.code) == (0, 0)
    for told in (done, seen):
        assert hosts_of(told.events, "one") == names
        assert hosts_of(told.events, "two") == hosts_of(told.events, "later") == names - {out}
        assert list(told.summary["skipped"]) == [out]


def test_a_fleet_is_aborted(opsflow: Opsflow, fleet: list[Host]) -> None:
    with opsflow.playing(play(ONE, TWO)) as run:
        begun(opsflow, run, "one", len(fleet))
        assert opsflow("abort", "--reason", "wrong hosts").code == 0
        done_within_a_second(run, "abort")
        done = run.end()
    assert (done.code, done.summary["outcome"]) == (6, "stopped")
    assert hosts_of(done.events, "one") == {host.name for host in fleet}
    assert hosts_of(done.events, "two") == hosts_of(done.events, "later") == set()


def test_an_abort_at_once_ends_the_processes_on_the_host(opsflow: Opsflow, lab: Lab, host: Host) -> None:
    with opsflow.playing(play({"name": "slow", "shell": SHELL}), "-l", host.name) as run:
        begun(opsflow, run, "slow", 1)
        sleeping(lab, host)
        assert opsflow("abort", "--now").code == 0
        done_within_a_second(run, "abort")
        done = run.end()
    assert (done.code, done.summary["outcome"]) == (99, "interrupted")
    assert done.summary["unfinished"] == {"slow": [host.name]}
    assert left(lab, host) == ""
    assert f"broken off on {host.name}: slow" in opsflow("show").out
