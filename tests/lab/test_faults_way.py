"""Hosts that can't be reached, or where nobody may do anything, among good ones."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from opsflow.lab import Host, Lab
from tests.support.cli import Opsflow

PLAY = [{
    "hosts": "all",
    "gather_facts": False,
    "become": True,
    "tasks": [{"name": "first", "command": "id -un"}, {"name": "second", "ping": None}],
}]  # fmt: skip


@pytest.fixture
def mute() -> Iterator[int]:
    """Yield the port of a server that accepts and never speaks."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def inventory(lab: Lab, directory: Path, hosts: dict[str, dict[str, Any]]) -> Path:
    """Write an inventory in which hosts have a lab's variables unless they say otherwise."""
    path = directory / "hosts.yml"
    path.write_text(yaml.safe_dump({"all": {"vars": lab.variables, "hosts": hosts}}, sort_keys=False))
    return path


def test_each_host_says_what_is_wrong_with_it_and_the_good_ones_go_on(
    lab: Lab, host: Host, mute: int, tmp_path: Path
) -> None:
    own_key, *others = lab.known_hosts.read_text().splitlines()
    (tmp_path / "wrong").write_text(f"{host.address} {others[-1].split(' ', 1)[1]}\n")
    assert own_key
    (tmp_path / "empty").touch()
    at: dict[str, Any] = {"ansible_host": host.address}
    deploy = {**at, "ansible_user": "deploy", "ansible_password": "deploy"}
    hosts = inventory(
        lab,
        tmp_path,
        {
            "good1": at,
            "good2": at,
            "closed": {**at, "ansible_port": 9},
            "mute": {"ansible_host": "127.0.0.1", "ansible_port": mute, "ansible_timeout": None},
            "nameless": {"ansible_host": "nothing.invalid"},
            "stranger": {**at, "ansible_user": "nosuch"},
            "guesser": {**at, "ansible_user": "deploy", "ansible_password": "wr0ng"},
            "changed": {**at, "ansible_ssh_common_args": f"-F none -o UserKnownHostsFile={tmp_path}/wrong"},
            "unknown": {**at, "ansible_ssh_common_args": f"-F none -o UserKnownHostsFile={tmp_path}/empty"},
            "nopassword": deploy,
            "wrongpassword": {**deploy, "ansible_become_password": "wr0ng"},
            "nouser": {**at, "ansible_become_user": "nosuch"},
        },
    )
    done = Opsflow(tmp_path, hosts).play(PLAY, "--timeout", "3", "--output", "ndjson")
    assert done.code == 4
    good = {name for name, said in done.summary["hosts"].items() if said["stats"]["ok"] == 2}
    assert good == {"good1", "good2"}
    said = done.messages("first")
    at22 = f"({host.address} port 22)"
    assert said["closed"] == f"closed ({host.address} port 9) refused the connection"
    assert said["mute"] == (
        f"mute (127.0.0.1 port {mute}) accepts connections, but its SSH server said nothing for 3 s"
    )
    assert said["nameless"].startswith("the name 'nothing.invalid' of nameless can't be resolved: ")
    assert said["stranger"].startswith(
        f"stranger {at22} did not let user 'nosuch' log in; tried: {lab.key}; it takes: "
    )
    assert said["guesser"].startswith(f"guesser {at22} did not let user 'deploy' log in; tried: ")
    assert said["changed"].startswith(f"the host key of changed {at22} has CHANGED: it offers ssh-ed25519 ")
    assert said["unknown"].startswith(f"the host key of unknown {at22} is not known: it offers ssh-ed25519 ")
    assert said["nopassword"] == "sudo on nopassword wants a password, and none is given"
    assert said["wrongpassword"] == "sudo on wrongpassword did not accept the password"
    assert said["nouser"] == "there is no user 'nosuch' on nouser"
    assert "wr0ng" not in done.out + done.err


def test_new_host_keys_are_accepted_when_asked_to_and_kept(lab: Lab, host: Host, tmp_path: Path) -> None:
    known = tmp_path / "known"
    args = f"-F none -o UserKnownHostsFile={known}"
    hosts = inventory(lab, tmp_path, {"h": {"ansible_host": host.address, "ansible_ssh_common_args": args}})
    opsflow = Opsflow(tmp_path, hosts)
    assert opsflow.play(PLAY, "--accept-new-host-keys").code == 0
    assert known.read_text().split()[:2] == [host.address, "ssh-ed25519"]
    assert opsflow.play(PLAY).code == 0


@pytest.mark.dirties
def test_without_python_or_with_half_of_it_only_raw_works(lab: Lab, host: Host, tmp_path: Path) -> None:
    opsflow = Opsflow(tmp_path, inventory(lab, tmp_path, {"h": {"ansible_host": host.address}}))
    play = [{
        "hosts": "h",
        "gather_facts": False,
        "tasks": [
            {"name": "raw works", "raw": "echo $((40 + 2))", "register": "said"},
            {"assert": {"that": ["said.stdout_lines == ['42']"]}},
            {"name": "needs Python", "command": "true", "become": True},
        ],
    }]  # fmt: skip
    lab.ssh(host.name, "sudo sh -c 'mv /usr/lib/python3.11/json /root'")
    done = opsflow.play(play)
    assert done.code == 4
    assert "Python on h lacks its standard library (only python3-minimal is installed)" in done.out
    assert "→ install it: apt-get install python3" in done.out

    lab.ssh(host.name, "sudo mv /usr/bin/python3 /usr/bin/python3.11 /root")
    done = opsflow.play(play)
    assert done.code == 4
    assert "there is no usable Python on h" in done.out
    assert "→ install it (apt-get install python3) or set ansible_python_interpreter" in done.out
