"""Runs that are followed and controlled from another process, each in its own."""

from __future__ import annotations

import json
import os
import signal
import time
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path

import pytest

from tests.support.cli import Done, Opsflow, Playing

PLAY = """\
- name: Web servers
  hosts: all
  gather_facts: false
  tasks:
    - name: one
      command: echo one
    - name: two
      command: sh -c 'while test ! -e DIRECTORY/go; do sleep 0.05; done'
    - name: three
      command: echo three
    - name: four
      command: echo four
"""


@pytest.fixture
def opsflow(tmp_path: Path) -> Opsflow:
    (tmp_path / "opsflow.yml").write_text(
        f"state: sqlite://{tmp_path}/state/ledger.db\ninventory: web1,web2,\n"
    )
    return Opsflow(tmp_path)


def playing(opsflow: Opsflow, *arguments: str) -> AbstractContextManager[Playing]:
    return opsflow.playing(PLAY.replace("DIRECTORY", str(opsflow.directory)), "-c", "local", *arguments)


def let_go(opsflow: Opsflow) -> None:
    """Let the second task end."""
    (opsflow.directory / "go").touch()


def begun(opsflow: Opsflow, run: Playing, *words: str) -> None:
    """Return when the second task has begun, and this and some words can be read in the run's record."""
    run.begun("two", 2)
    words = ("TASK  two", *words)
    for _ in range(100):
        if all(word in opsflow("show").out for word in words):
            return
    raise AssertionError(opsflow("show").out)


def decided(run: Playing, what: str) -> float:
    """Return how many seconds after it was asked the run did what somebody decided."""
    event = run.until(lambda event: event["event"] == "decided" and event["what"] == what)
    return time.time() - datetime.fromisoformat(event["asked"]).timestamp()


def told(done: Done) -> list[tuple[str, str | None, str | None]]:
    """Return what is recorded of events: not which hosts have begun, nor what commands print meanwhile."""
    return [
        (event["event"], event.get("host"), event.get("task", {}).get("name"))
        for event in done.events
        if event["event"] not in ("host_started", "host_output")
    ]


def lines(done: Done) -> list[str]:
    return [line for line in done.out.splitlines() if line and "RECAP" not in line]


def test_a_run_is_followed_from_the_middle_to_its_end(opsflow: Opsflow) -> None:
    with playing(opsflow) as run:
        begun(opsflow, run, "TASK  one", "it goes on: opsflow attach ")
        with opsflow.started("attach", "--output", "ndjson") as screen:
            screen.until(lambda e: e["event"] == "host_finished" and e["task"]["name"] == "one")
            screen.begun("two", 2)
            let_go(opsflow)
            seen = screen.end()
        done = run.end()
    assert (seen.code, done.code, seen.err) == (0, 0, "")
    assert told(seen) == told(done)
    assert seen.summary["outcome"] == done.summary["outcome"] == "changed"
    whole = opsflow("attach", "last")
    assert (whole.code, lines(whole)) == (0, lines(opsflow("show"))[4:])


def test_ctrl_c_leaves_the_run_alone(opsflow: Opsflow) -> None:
    with playing(opsflow) as run:
        begun(opsflow, run)
        with opsflow.started("attach", "--output", "ndjson") as screen:
            screen.begun("two", 2)
            screen.signal(signal.SIGINT)
            seen = screen.end()
        let_go(opsflow)
        assert run.end().code == 0
    assert seen.code == 99
    assert "detached: the run goes on\n  → `opsflow attach 2" in seen.err


def test_a_run_that_is_lost_ends_its_screens(opsflow: Opsflow) -> None:
    with playing(opsflow) as run:
        begun(opsflow, run)
        with opsflow.started("attach", "--output", "ndjson") as screen:
            screen.begun("two", 2)
            run.signal(signal.SIGKILL)
            seen = screen.end()
    let_go(opsflow)
    assert seen.code == 1
    assert "is lost: its process ended before it did" in seen.err
    assert "`opsflow resume 2" in seen.err
    again = opsflow("attach", "last")
    assert (again.code, "TASK  one" in again.out, "is lost" in again.err) == (1, True, True)
    for command in (["pause", "last"], ["abort", "last", "--now"], ["skip", "web1", "--run", "last"]):
        refused = opsflow(*command)
        assert (refused.code, "is lost" in refused.err) == (1, True)
    assert opsflow("pause").err.startswith("opsflow: no run goes on")


def test_a_run_is_paused_and_goes_on(opsflow: Opsflow) -> None:
    with playing(opsflow) as run:
        begun(opsflow, run)
        said = opsflow("pause", "--reason", "look first")
        assert (said.code, "paused: nothing new begins" in said.out) == (0, True)
        assert decided(run, "pause") < 5
        let_go(opsflow)
        run.until(lambda e: e["event"] == "task_finished" and e["task"]["name"] == "two")
        assert "PAUSED by " in opsflow("runs", "--live").out
        assert "PAUSED by " in opsflow("show").out
        assert "was paused already, by" in opsflow("pause").out
        assert json.loads(opsflow("runs", "--output", "json").out)[0]["paused"]["reason"] == "look first"
        assert "it goes on; it was paused by" in opsflow("resume").out
        done = run.end()
    assert done.code == 0
    order = [(e["event"], e.get("what")) for e in done.events if e["event"] in ("decided", "task_started")]
    assert order[2:] == [
        ("decided", "pause"), ("decided", "pause"), ("decided", "resume"),
        ("task_started", None), ("task_started", None),
    ]  # fmt: skip
    shown = opsflow("show").out
    assert "PAUSED  by " in shown
    assert ": look first" in shown
    assert "GOES ON  by " in shown
    audit = json.loads(opsflow("audit", "--output", "jsonl").out.splitlines()[-1])
    assert audit["kind"] == "finished"
    assert "pause: look first" in opsflow("audit").out
    assert opsflow("audit", "verify").code == 0


def test_hosts_are_skipped(opsflow: Opsflow) -> None:
    with playing(opsflow) as run:
        begun(opsflow, run)
        wrong = opsflow("skip", "wbe2")
        assert (wrong.code, wrong.err) == (
            1, "opsflow: the run knows no host 'wbe2'\n  → did you mean 'web2'?\n",
        )  # fmt: skip
        assert opsflow("skip", "web2", "--reason", "being repaired").code == 0
        assert decided(run, "skip") < 5
        let_go(opsflow)
        done = run.end()
    assert done.code == 0
    assert list(done.summary["skipped"]) == ["web2"]
    assert [host for event, host, task in told(done) if (event, task) == ("host_finished", "three")] == [
        "web1"
    ]
    assert "being repaired" in opsflow("show").out.split("RECAP")[1]


def test_a_run_is_aborted(opsflow: Opsflow) -> None:
    with playing(opsflow) as run:
        begun(opsflow, run)
        assert opsflow("abort", "--reason", "wrong hosts").code == 0
        let_go(opsflow)
        done = run.end()
    assert (done.code, done.summary["outcome"]) == (6, "stopped")
    assert done.summary["stopped"].startswith("aborted by ")
    assert done.summary["stopped"].endswith(": wrong hosts")
    assert opsflow("attach", "last").code == 6
    ended = opsflow("abort", "last")
    assert (ended.code, "has ended: stopped" in ended.err) == (1, True)


def test_a_run_is_aborted_at_once(opsflow: Opsflow) -> None:
    with playing(opsflow) as run:
        begun(opsflow, run)
        assert opsflow("abort", "--now").code == 0
        done = run.end()
    assert (done.code, done.summary["outcome"]) == (99, "interrupted")
    assert done.summary["unfinished"] == {"two": ["web1", "web2"]}
    assert "broken off on web1,web2: two" in opsflow("show").out


def test_a_frozen_run_is_told_of_and_does_it_later(opsflow: Opsflow) -> None:
    with playing(opsflow) as run:
        begun(opsflow, run)
        os.kill(run.process.pid, signal.SIGSTOP)
        late = opsflow("abort")
        assert (late.code, "has not answered in 5 s" in late.err) == (1, True)
        os.kill(run.process.pid, signal.SIGCONT)
        decided(run, "abort")
        let_go(opsflow)
        assert run.end().code == 6


def test_without_a_ledger_there_is_no_control(opsflow: Opsflow) -> None:
    with (opsflow.directory / "opsflow.yml").open("a") as config:
        config.write("ledger: off\n")
    for command in (["pause"], ["resume"], ["abort"], ["skip", "web1"], ["attach"]):
        done = opsflow(*command)
        assert (done.code, "the ledger is switched off" in done.err) == (1, True)
