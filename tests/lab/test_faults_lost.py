"""Hosts that go away in the middle of a task: a sentence for each, and the others go on."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from opsflow.lab import Host, Lab
from tests.support.cli import Opsflow

pytestmark = pytest.mark.dirties

# A process that the runner of one of several names of the host has started, and its ancestors.
PROCESS = "pgrep -fx 'sleep 4343[.]{}'"
RUNNER = f"ps -o ppid= -p $({PROCESS})"
SSHD = f"ps -o ppid= -p $({RUNNER})"


def kill(lab: Lab, host: Host, signal: str, process: str) -> None:
    """Send a signal to a process as soon as it is there."""
    for _ in range(100):
        if lab.ssh(host.name, f"sudo kill -{signal} $({process})").returncode == 0:
            return
    raise AssertionError(f"there is no {process}")


def test_each_way_to_lose_a_host_is_told_and_the_others_go_on(lab: Lab, host: Host, tmp_path: Path) -> None:
    names = {"good": 0, "cut": 1, "frozen": 2, "killed": 3, "off": 0}
    variables = {
        **lab.variables,
        "ansible_host": host.address,
        "ansible_ssh_extra_args": "-o ServerAliveInterval=1 -o ServerAliveCountMax=2",
    }
    inventory = {"all": {"vars": variables, "hosts": {name: {"number": n} for name, n in names.items()}}}
    (tmp_path / "hosts.yml").write_text(yaml.safe_dump(inventory))
    tasks = [
        {"name": "slow", "command": "sleep 4343.{{ number }}", "when": "number > 0"},
        {"name": "after", "ping": None},
        {"name": "reboot", "reboot": {"reboot_command": "systemctl poweroff", "reboot_timeout": 3},
         "become": True, "when": "inventory_hostname == 'off'"},
    ]  # fmt: skip
    play = [{"hosts": "all", "gather_facts": False, "tasks": tasks}]
    with Opsflow(tmp_path, tmp_path / "hosts.yml").playing(play) as run:
        kill(lab, host, "KILL", SSHD.format(1))
        kill(lab, host, "STOP", SSHD.format(2))
        kill(lab, host, "KILL", RUNNER.format(3))
        done = run.end()
    assert done.code == 4
    assert done.messages("slow") == {
        "cut": "the connection to cut was lost",
        "frozen": "the connection to frozen was lost: Server not responding to keepalive",
        "killed": "the runner on killed ended by signal 9",
    }
    said = done.messages("reboot")["off"]
    assert said.startswith("off did not come back within 3 seconds after its reboot")
    good = done.summary["hosts"]["good"]["stats"]
    assert (good["ok"], good["failed"], good["unreachable"]) == (1, 0, 0)
    assert not lab.running(host.name)
