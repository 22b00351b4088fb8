"""Runs that meet on a host, people who lock one, and processes that are frozen or killed."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Any

import pytest

from opsflow.connection.identity import identity, own_name
from opsflow.connection.settings import ConnectionSettings
from opsflow.ledger.leases import every
from opsflow.ledger.store import open_store
from tests.support.cli import Opsflow
from tests.support.waiting import until

from .conftest import BOTH

HERE = own_name()


@pytest.fixture(autouse=True)
def _with_host_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPSFLOW_HOST_LOCK")


@pytest.fixture
def opsflow(url: str, tmp_path: Path) -> Opsflow:
    """Run where each test has a lock of this machine for itself."""
    return control_node(tmp_path, url)


def control_node(directory: Path, url: str) -> Opsflow:
    directory.mkdir(exist_ok=True)
    settings = f"state: {url}\ninventory: web1,\nhost_lock: {directory.parent}/host.lock\n"
    (directory / "opsflow.yml").write_text(settings)
    return Opsflow(directory)


def play(*commands: str) -> list[Any]:
    tasks = [{"name": command.split()[0], "command": command} for command in commands]
    return [{"hosts": "all", "gather_facts": False, "connection": "local", "tasks": tasks}]


TRUE = ("exec", "all", "-c", "local", "--output", "ndjson", "true")


def went(directory: Path) -> str:
    return f"until test -e {directory}/go; do sleep 0.05; done"


@BOTH
def test_who_meets_a_run_waits_skips_or_fails(opsflow: Opsflow, tmp_path: Path) -> None:
    wait = f"sh -c '{went(tmp_path)}'"
    with opsflow.playing(play(wait)) as first:
        first.begun("sh")
        failed = opsflow(*TRUE, "--on-busy", "fail")
        assert failed.code == 2
        (said,) = failed.messages().values()
        assert said.startswith("web1 is busy: run ")
        assert said.partition(" has it since ")[1]
        skipped = opsflow(*TRUE, "--on-busy", "skip")
        assert skipped.code == 0
        assert skipped.summary["skipped"]["web1"].startswith("busy: run ")
        text = opsflow("exec", "all", "-c", "local", "--on-busy", "skip", "true")
        assert "SKIPPED  web1  busy: run " in text.out
        with opsflow.started(*TRUE) as second:
            waits = second.until(lambda event: event["event"] == "warned")
            assert waits["message"].startswith("waiting up to 300 s for web1: run ")
            assert [lease["kind"] for lease in json.loads(opsflow("locks", "--output", "json").out)] == [
                "exclusive"
            ]
            (tmp_path / "go").touch()
            assert second.end().code == 0
        assert first.end().code == 0
    assert opsflow("locks").out == "no host is locked\n"


def test_waiting_comes_to_an_end(opsflow: Opsflow, tmp_path: Path) -> None:
    with (tmp_path / "opsflow.yml").open("a") as settings:
        settings.write("busy_timeout: 0.2\n")
    with opsflow.playing(play("sleep 60")) as first:
        first.begun("sleep")
        (said,) = opsflow(*TRUE).messages().values()
        assert said.endswith("; waited 0.2 s")
        first.signal(signal.SIGINT)
        first.end()


def test_check_mode_shares_and_facts_do(opsflow: Opsflow, tmp_path: Path) -> None:
    facts = ("exec", "all", "-c", "local", "-m", "setup", "-a", "gather_subset=!all", "--on-busy", "fail")
    with opsflow.playing(play(f"sh -c '{went(tmp_path)}'"), "--check") as looks:
        looks.until(lambda event: event["event"] == "run_finished")
        looks.end()
    slow = [
        {
            "hosts": "all",
            "gather_facts": False,
            "tasks": [{"name": "w", "wait_for": {"path": f"{tmp_path}/go"}}],
        }
    ]
    with opsflow.playing(slow, "-c", "local") as looks:
        looks.begun("w")
        until(lambda: json.loads(opsflow("locks", "--output", "json").out))
        assert opsflow(*facts).code == 0
        assert opsflow(*TRUE, "--on-busy", "fail").code == 2
        assert opsflow(*TRUE[:-1], "--check", "--on-busy", "fail", "true").code == 0
        (tmp_path / "go").touch()
        assert looks.end().code == 0


@BOTH
def test_a_killed_runs_host_is_free_at_once(opsflow: Opsflow) -> None:
    with opsflow.playing(play("sleep 60")) as killed:
        killed.begun("sleep")
        until(lambda: opsflow("locks").out.startswith("HOST"))
        killed.signal(signal.SIGKILL)
        killed.process.wait()
    assert "exclusive, dead" in opsflow("locks").out
    assert opsflow(*TRUE, "--on-busy", "fail").code == 0


@BOTH
def test_a_frozen_run_that_comes_back_does_nothing(opsflow: Opsflow, tmp_path: Path) -> None:
    """It stood still in a task, too long: another run has ended that task, and has the host."""
    with (tmp_path / "opsflow.yml").open("a") as settings:
        settings.write("lease_time: 3\n")
    tasks = play(f"sh -c 'touch {tmp_path}/begun; {went(tmp_path)}; touch {tmp_path}/ended'")
    tasks[0]["tasks"][0]["ignore_errors"] = True
    tasks[0]["tasks"].append({"name": "after", "command": f"touch {tmp_path}/after"})
    tasks[0]["tasks"] = [{"block": tasks[0]["tasks"], "rescue": [{"command": f"touch {tmp_path}/rescued"}]}]
    with opsflow.playing(tasks) as frozen:
        frozen.begun("sh")
        until((tmp_path / "begun").exists)
        frozen.signal(signal.SIGSTOP)
        other = opsflow("exec", "all", "-c", "local", "--output", "ndjson", f"touch {tmp_path}/go")
        assert other.code == 0
        frozen.signal(signal.SIGCONT)
        done = frozen.end()
    assert done.code == 2
    (said,) = done.messages().values()
    assert said.startswith("lost the lease on web1 to run ")
    assert said.endswith("; nothing was done")
    left = [name for name in ("begun", "ended", "after", "rescued") if (tmp_path / name).exists()]
    assert left == ["begun"]


def test_a_frozen_run_whose_hosts_nobody_wanted_goes_on(opsflow: Opsflow, tmp_path: Path) -> None:
    with opsflow.playing(play(f"touch {tmp_path}/begun", f"sh -c '{went(tmp_path)}'", "true")) as frozen:
        frozen.begun("sh")
        frozen.signal(signal.SIGSTOP)
        store = open_store(f"sqlite://{tmp_path}/state/ledger.db")
        with store.transaction() as execute:
            execute("UPDATE leases SET beat = beat - 60, until = until - 60")
        store.close()
        (tmp_path / "go").touch()
        frozen.signal(signal.SIGCONT)
        assert frozen.end().code == 0


def test_control_nodes_with_other_ledgers_meet_on_the_host(tmp_path: Path) -> None:
    nodes = [control_node(tmp_path / name, f"sqlite://{tmp_path}/{name}.db") for name in ("ops1", "ops2")]
    with nodes[0].playing(play(f"sh -c 'touch {tmp_path}/begun; {went(tmp_path)}'")) as first:
        until((tmp_path / "begun").exists)
        (said,) = nodes[1](*TRUE, "--on-busy", "fail").messages().values()
        assert said.startswith("web1 is busy: run ")
        assert nodes[1](*TRUE, "--on-busy", "skip").summary["skipped"]
        with nodes[1].started(*TRUE) as second:
            second.until(lambda event: event["event"] == "warned")
            (tmp_path / "go").touch()
            assert second.end().code == 0
        assert first.end().code == 0


@BOTH
def test_people_lock_and_unlock(opsflow: Opsflow, url: str, tmp_path: Path) -> None:
    assert opsflow("locks", "-h").code == 0
    opsflow("exec", "all", "-c", "local", "true")
    assert opsflow("locks").out == "no host is locked\n"
    (tmp_path / "hosts.yml").write_text(
        "all: {hosts: {db1: {ansible_host: 10.1.2.3}, db2: {ansible_host: 10.1.2.3, ansible_port: 2222}}}\n"
    )
    inventory = ("-i", "hosts.yml")
    assert opsflow("lock", "db*", *inventory, "--reason", "a disk burns", "--for", "2h").code == 0
    listed = json.loads(opsflow("locks", "--output", "json").out)
    assert [(one["host"], one["name"], one["kind"]) for one in listed] == [
        ("10.1.2.3", "db1", "lock"),
        ("10.1.2.3:2222", "db2", "lock"),
    ]
    other = (tmp_path / "other.yml", "all: {hosts: {elsewhere: {ansible_host: 10.1.2.3}}}\n")
    other[0].write_text(other[1])
    done = opsflow(
        "exec", "all", "-i", "other.yml", "--on-busy", "fail", "--check", "--output", "ndjson", "true"
    )
    (said,) = done.messages().values()
    assert said.startswith("elsewhere is busy: locked by ")
    assert said.endswith(": a disk burns")

    store = open_store(url)
    with store.transaction() as execute:
        execute("UPDATE leases SET who = 'bob' WHERE name = 'db2'")
    store.close()
    refused = opsflow("unlock", "db1", "db2", *inventory)
    assert (refused.code, "db2: locked by bob" in refused.err, "--force" in refused.err) == (1, True, True)
    assert opsflow("lock", "db2", *inventory, "--reason", "mine").code == 1
    assert opsflow("unlock", "db1", "10.1.2.3:2222", *inventory, "--force").code == 0
    assert opsflow("locks").out == "no host is locked\n"
    again = opsflow("unlock", "db1", *inventory)
    assert (again.code, "nobody has locked db1" in again.err) == (1, True)
    audit = [
        json.loads(line) for line in opsflow("audit", "--host", "db*", "--output", "jsonl").out.splitlines()
    ]
    assert [(row["kind"], row["host"]) for row in audit] == [
        ("locked", "db1"), ("locked", "db2"), ("unlocked", "db1"), ("unlocked", "db2"),
    ]  # fmt: skip
    assert opsflow("audit", "verify").code == 0
    assert "locked  a disk burns" in opsflow("history", "db1").out


def test_a_host_that_a_person_takes_away_is_lost(opsflow: Opsflow, tmp_path: Path) -> None:
    with (tmp_path / "opsflow.yml").open("a") as settings:
        settings.write("lease_time: 3\n")
    with opsflow.playing(play(f"sh -c '{went(tmp_path)}'", "sleep 2", "true")) as run:
        run.begun("sh")
        out = until(lambda: opsflow("unlock", HERE, "--force").out)
        assert out.startswith(f"{HERE} is free again (run ")
        (tmp_path / "go").touch()
        done = run.end()
    (said,) = done.messages().values()
    assert said.startswith("lost the lease on web1 to ")
    assert "who unlocked it" in said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["lock", "web2", "--reason", "x"], "no host or group matches 'web2'"),
        (["lock", "web1", "--reason", "x", "--for", "soon"], "'soon' is no length of time"),
        (["lock", "web1"], "Missing option '--reason'"),
        ([*TRUE, "--on-busy", "maybe"], "must be one of wait, skip, fail"),
    ],
)
def test_what_makes_no_sense(opsflow: Opsflow, words: list[str], said: str) -> None:
    done = opsflow(*words)
    assert (done.code, said in done.err) == (5, True), done.err


def test_no_locks_without_a_ledger(opsflow: Opsflow, tmp_path: Path) -> None:
    (tmp_path / "opsflow.yml").write_text(f"ledger: off\nhost_lock: {tmp_path}/host.lock\n")
    done = opsflow("lock", "web1", "--reason", "x")
    assert (done.code, "the ledger is switched off" in done.err) == (1, True)
    assert opsflow("exec", "all", "-i", "web1,", "-c", "local", "true").code == 0
    assert (tmp_path / "host.lock").exists()


def test_a_ledger_that_cannot_be_used_leaves_the_lock_of_the_host(opsflow: Opsflow, tmp_path: Path) -> None:
    done = opsflow(*TRUE, "--state", "sqlite:///proc/ledger.db")
    assert done.code == 0
    warned = [event for event in done.events if event["event"] == "warned"]
    assert warned[-1]["message"].startswith("leases can't be taken or confirmed: the ledger /proc/ledger.db")


def test_what_a_host_is() -> None:
    def of(address: str, port: int | None = None) -> str:
        return identity(ConnectionSettings("x", address=address, port=port))

    assert of("Web1.Example.ORG.") == "web1.example.org"
    assert of("10.0.0.1", 2222) == "10.0.0.1:2222"
    assert of("fe80::1", 2222) == "[fe80::1]:2222"
    assert (
        of("127.0.0.1") == of("localhost") == of("::1") == identity(ConnectionSettings("x", "local")) == HERE
    )


def test_a_run_gives_its_leases_back(opsflow: Opsflow, url: str) -> None:
    opsflow(*TRUE)
    store = open_store(url)
    assert every(store) == []
    store.close()
