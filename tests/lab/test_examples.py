"""Each example runs on real hosts, and a second time without changing anything."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from opsflow.lab import Host, Lab
from opsflow.lab.repo import Repository
from tests.support.command import ROOT, play

EXAMPLES = ROOT / "examples"

pytestmark = pytest.mark.dirties


def run(lab: Lab, host: Host, name: str, *more: str, code: int = 0) -> dict[str, Any]:
    """Run an example on a host and return the summary."""
    ended, summary = play(f"examples/{name}", lab.inventory, "-l", host.name, *more)
    assert ended == code, summary
    return summary


def changed(summary: dict[str, Any], host: Host) -> int:
    return int(summary["hosts"][host.name]["stats"]["changed"])


def test_facts(lab: Lab, host: Host) -> None:
    assert changed(run(lab, host, "facts.yml"), host) == 0


def test_config(lab: Lab, host: Host) -> None:
    assert changed(run(lab, host, "config.yml", "--check", "--diff"), host) == 3
    assert changed(run(lab, host, "config.yml", "-e", "greeting=Welcome"), host) == 3
    assert lab.ssh(host.name, "cat /etc/motd").stdout.startswith(f"Welcome on {host.name}, Debian")
    settings = lab.ssh(host.name, "grep -v ^# /etc/systemd/journald.conf").stdout.split()
    assert settings == ["[Journal]", "Storage=persistent", "SystemMaxUse=200M"]
    assert changed(run(lab, host, "config.yml", "-e", "greeting=Welcome"), host) == 0


def test_rolling(lab: Lab, host: Host, repo: Repository) -> None:
    repo.publish("opsflow-demo-app", "1.1")
    assert changed(run(lab, host, "rolling.yml"), host) == 1
    assert lab.ssh(host.name, "dpkg-query -Wf '${Version}' opsflow-demo-app").stdout == "1.1"
    assert changed(run(lab, host, "rolling.yml"), host) == 0


def test_rolling_goes_back_when_the_new_version_does_not_answer(
    lab: Lab, host: Host, repo: Repository
) -> None:
    repo.publish("opsflow-demo-app", "1.1", postinst="systemctl stop opsflow-demo-app\n")
    summary = run(lab, host, "rolling.yml", code=6)
    (failure,) = summary["hosts"][host.name]["failures"]
    assert failure["message"] == "opsflow-demo-app did not answer and is back at 1.0"
    assert lab.ssh(host.name, "systemctl is-active opsflow-demo-app").stdout == "active\n"
    assert lab.ssh(host.name, "dpkg-query -Wf '${Version}' opsflow-demo-app").stdout == "1.0"


def test_told(lab: Lab, host: Host, tmp_path: Path) -> None:
    summary = run(lab, host, "told.yml", "-e", f"runs={tmp_path}/runs.ndjson")
    (line,) = (tmp_path / "runs.ndjson").read_text().splitlines()
    assert json.loads(line)["run_id"] == summary["run_id"]


def test_every_example_is_tested() -> None:
    here = Path(__file__).read_text()
    playbooks = {path.name for path in EXAMPLES.glob("*.yml")} - {"demo.yml"}
    assert playbooks == {name for name in playbooks if f'"{name}"' in here}
