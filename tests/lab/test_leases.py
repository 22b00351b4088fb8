"""Runs that meet on a real host: by other names, as other users, from other control nodes."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from opsflow.lab import Host, Lab
from tests.support.cli import Opsflow, environment
from tests.support.databases import Server, postgresql
from tests.support.waiting import until

pytestmark = pytest.mark.dirties

LOCK = "/run/lock/opsflow.lock"
GO, BEGUN, ENDED = "/var/tmp/go", "/var/tmp/begun", "/var/tmp/ended"
UNTIL_GO = f"sh -c 'touch {BEGUN}; until test -e {GO}; do sleep 0.05; done; touch {ENDED}'"


def control_node(directory: Path, lab: Lab, host: Host, name: str = "target", **settings: Any) -> Opsflow:
    """Return a control node with a ledger of its own, that calls the host by a name of its own."""
    directory.mkdir(exist_ok=True)
    variables = {"ansible_host": host.address, **lab.variables}
    (directory / "hosts.yml").write_text(yaml.safe_dump({"all": {"hosts": {name: variables}}}))
    settings = {"state": f"sqlite://{directory}/ledger.db", **settings}
    (directory / "opsflow.yml").write_text(yaml.safe_dump(settings))
    return Opsflow(directory, directory / "hosts.yml")


def play(*tasks: dict[str, Any]) -> list[Any]:
    return [{"hosts": "all", "gather_facts": False, "tasks": list(tasks)}]


SLOW = play({"name": "slow", "command": UNTIL_GO, "become": True})
QUICK = ("exec", "all", "--output", "ndjson", "-b", "true")


@contextmanager
def working(lab: Lab, host: Host, node: Opsflow) -> Generator[Any]:
    """Have a run at work on the host, until the file is there that it waits for."""
    lab.ssh(host.name, f"sudo rm -f {GO} {BEGUN} {ENDED}")
    with node.playing(SLOW) as run:
        until(lambda: lab.ssh(host.name, f"test -e {BEGUN}").returncode == 0)
        yield run


def go(lab: Lab, host: Host) -> None:
    lab.ssh(host.name, f"sudo touch {GO}")


def test_inventories_that_call_a_host_by_other_names_meet(lab: Lab, host: Host, tmp_path: Path) -> None:
    first = control_node(tmp_path, lab, host, "one")
    with working(lab, host, first) as run:
        held = json.loads(first("locks", "--output", "json").out)
        assert [(one["host"], one["name"], one["kind"]) for one in held] == [
            (host.address, "one", "exclusive")
        ]
        second = control_node(tmp_path, lab, host, "two")
        inventory = ("-i", str(second.inventory))
        (said,) = second(*QUICK, *inventory, "--on-busy", "fail").messages().values()
        assert said.startswith(f"two is busy: run {held[0]['run_id']} of ")
        assert "two" in second(*QUICK, *inventory, "--on-busy", "skip").summary["skipped"]
        with second.started(*QUICK, *inventory) as waits:
            waits.until(lambda event: event["event"] == "warned")
            go(lab, host)
            assert waits.end().code == 0
        assert run.end().code == 0


def test_control_nodes_with_other_ledgers_meet(lab: Lab, host: Host, tmp_path: Path) -> None:
    first, second = (control_node(tmp_path / name, lab, host, name) for name in ("ops1", "ops2"))
    inventory = ("-i", str(second.inventory))
    with working(lab, host, first) as run:
        line = json.loads(lab.ssh(host.name, f"cat {LOCK}").stdout)
        (said,) = second(*QUICK, *inventory, "--on-busy", "fail").messages().values()
        assert said.startswith(
            f"ops2 is busy: run {line['run']} of {line['who']} at {line['node']} has it since "
        )
        assert second("exec", "all", *inventory, "--check", "--on-busy", "fail", "true").code == 2
        with second.started(*QUICK, *inventory) as waits:
            waits.until(lambda event: event["event"] == "warned")
            go(lab, host)
            assert waits.end().code == 0
        assert run.end().code == 0


@pytest.mark.parametrize("first", [True, False])
def test_all_users_of_a_run_share_its_lock(lab: Lab, host: Host, tmp_path: Path, first: bool) -> None:
    """Whoever made the file: root must not be kept off by fs.protected_regular."""
    lab.ssh(host.name, f"sudo rm -f {LOCK}; sudo useradd -m carl; echo 'ops ALL=(carl) NOPASSWD: ALL' "
                       "| sudo tee /etc/sudoers.d/carl")  # fmt: skip
    node = control_node(tmp_path, lab, host)
    whoami: dict[str, Any] = {"name": "who", "command": "id -un"}
    users = [{**whoami, "become": True}, whoami, {**whoami, "become": True, "become_user": "carl"}]
    done = node.play(play(*users[:: 1 if first else -1]), "--output", "ndjson")
    assert done.code == 0, done.out
    assert not [event for event in done.events if event["event"] == "warned"]
    said = [e["result"]["data"]["stdout"] for e in done.events if e["event"] == "host_finished"]
    assert said == ["root", "ops", "carl"][:: 1 if first else -1]
    lines = lab.ssh(host.name, f"cat {LOCK}; stat -c '%a %U' {LOCK}").stdout.splitlines()
    assert len({json.loads(line)["token"] for line in lines[:-1]}) == 1
    assert lines[-1] == f"666 {'root' if first else 'carl'}"


def test_a_link_in_the_place_of_the_lock_is_not_followed(lab: Lab, host: Host, tmp_path: Path) -> None:
    lab.ssh(host.name, f"sudo rm -f {LOCK}; ln -s /etc/shadow {LOCK}; sudo sha1sum /etc/shadow > /tmp/before")
    node = control_node(tmp_path, lab, host)
    done = node(*QUICK, "-i", str(node.inventory))
    assert done.code == 0
    (warned,) = [event["message"] for event in done.events if event["event"] == "warned"]
    assert warned.startswith("target can't be locked against other control nodes (/run/lock/opsflow.lock: ")
    assert lab.ssh(host.name, "sudo sha1sum -c /tmp/before").returncode == 0


def test_a_frozen_run_is_ended_on_the_host_and_fenced(lab: Lab, host: Host, tmp_path: Path) -> None:
    node = control_node(tmp_path, lab, host, lease_time=3)
    with working(lab, host, node) as frozen:
        frozen.signal(signal.SIGSTOP)
        assert node(*QUICK, "-i", str(node.inventory)).code == 0
        go(lab, host)
        frozen.signal(signal.SIGCONT)
        done = frozen.end()
    (said,) = done.messages().values()
    assert said.startswith("lost the lease on target to run ")
    assert lab.ssh(host.name, f"test -e {ENDED}").returncode == 1


@pytest.fixture
def server() -> Iterator[Server]:
    with postgresql() as server:
        yield server


def elsewhere(node: Opsflow, name: str, *arguments: str) -> subprocess.Popen[str]:
    """Start a command as on another machine: with another name, where process ids mean others."""
    command = ["unshare", "--uts", "--pid", "--fork", "--kill-child", "--mount-proc", "sh", "-c",
               f'hostname {name}; exec "$@"', "sh", sys.executable, "-m", "opsflow", *arguments]  # fmt: skip
    env = environment()
    return subprocess.Popen(command, cwd=node.directory, env=env, stdout=subprocess.PIPE, text=True)


def test_a_control_node_that_dies_elsewhere_is_waited_for_no_longer_than_its_lease(
    lab: Lab, host: Host, tmp_path: Path, server: Server
) -> None:
    pytest.importorskip("psycopg")
    url = f"postgresql://postgres@/postgres?host={server.socket}&port={server.port}"
    node = control_node(tmp_path, lab, host, state=url, lease_time=4)
    lab.ssh(host.name, f"sudo rm -f {GO} {BEGUN} {ENDED}")
    (tmp_path / "slow.yml").write_text(yaml.safe_dump(SLOW))
    there = elsewhere(node, "ops2", "play", "slow.yml", "-i", "hosts.yml")
    until(lambda: lab.ssh(host.name, f"test -e {BEGUN}").returncode == 0)
    (said,) = node(*QUICK, "-i", "hosts.yml", "--on-busy", "fail").messages().values()
    assert " at ops2 has it since " in said
    there.kill()
    there.communicate()
    assert node(*QUICK, "-i", "hosts.yml").code == 0
    assert lab.ssh(host.name, f"test -e {ENDED}").returncode == 1
