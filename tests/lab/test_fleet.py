"""`opsflow fleet` on real hosts, as a person types it."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from opsflow.lab import Host, Lab
from opsflow.lab.repo import Repository

pytestmark = pytest.mark.dirties


def fleet_of(lab: Lab, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "opsflow", "fleet", "-i", str(lab.inventory), "-b", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_state_of_a_fleet(lab: Lab, fleet: list[Host], repo: Repository) -> None:
    repo.publish("opsflow-demo-app", "1.1", security=True)
    repo.publish("opsflow-demo-lib", "1.1")
    lab.ssh("h1", "sudo apt-mark hold opsflow-demo-lib && sudo touch /run/reboot-required")
    before = lab.ssh("h1", "find /var/lib/apt/lists -type f -printf '%p %T@\\n' | sort").stdout
    lab.stop("h3")
    done = fleet_of(lab)
    assert done.returncode == 4, done.stderr
    rows = {line.split()[0]: line.split()[1:] for line in done.stdout.splitlines()[1:4]}
    assert rows["h1"][2:6] == ["1", "1", "1", "required"]
    assert rows["h2"][2:6] == ["2", "1", "-", "-"]
    assert rows["h4"][:3] == ["Ubuntu", "24.04", "2"]
    assert "  opsflow-demo-app  1.0 → 1.1  security\n" in done.stdout
    assert "HELD\n  h1  opsflow-demo-lib\n" in done.stdout
    assert "NOT KNOWN\n  h3 " in done.stdout
    assert "FLEET  3 of 4 hosts can be upgraded, 3 have security updates, 1 must reboot" in done.stdout
    assert lab.ssh("h1", "find /var/lib/apt/lists -type f -printf '%p %T@\\n' | sort").stdout == before


def test_the_state_of_a_host_for_machines(lab: Lab, host: Host, repo: Repository) -> None:
    repo.publish("opsflow-demo-lib", "1.1")
    done = fleet_of(lab, host.name, "--output", "json")
    found = json.loads(done.stdout)
    assert [one["name"] for one in found["hosts"][host.name]["plan"]["upgrade"]] == ["opsflow-demo-lib"]
    assert found["failed"] == {}
    stale = json.loads(fleet_of(lab, host.name, "--no-refresh", "--output", "json").stdout)
    assert stale["hosts"][host.name]["plan"]["upgrade"] == []
