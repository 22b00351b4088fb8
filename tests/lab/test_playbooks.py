"""The playbooks to start from, on real hosts; update.yml has its own tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from opsflow.lab import Host, Lab
from opsflow.lab.repo import Repository
from tests.support.cli import Opsflow
from tests.support.command import play

BOOT_ID = "cat /proc/sys/kernel/random/boot_id"


@pytest.mark.dirties
def test_a_security_update_and_the_reboot_that_it_asks_for(lab: Lab, host: Host, repo: Repository) -> None:
    repo.publish("opsflow-demo-lib", "1.1")
    repo.publish("opsflow-demo-conf", "1.1", security=True, reboot_required=True)
    boot_id = lab.ssh(host.name, BOOT_ID).stdout

    code, summary = play("playbooks/security-update.yml", lab.inventory, "-l", host.name)
    assert code == 0
    (done,) = summary["hosts"].values()
    assert done["packages"] == [{"name": "opsflow-demo-conf", "old": "1.0", "new": "1.1"}]
    assert not done["rebooted"]

    code, summary = play("playbooks/reboot.yml", lab.inventory, "-l", host.name, "--check")
    assert (code, summary["hosts"][host.name]["stats"]["changed"]) == (0, 1)
    assert lab.ssh(host.name, BOOT_ID).stdout == boot_id

    code, summary = play("playbooks/reboot.yml", lab.inventory, "-l", host.name)
    assert (code, summary["hosts"][host.name]["rebooted"]) == (0, True)
    assert lab.ssh(host.name, BOOT_ID).stdout != boot_id

    code, summary = play("playbooks/reboot.yml", lab.inventory, "-l", host.name)
    assert (code, summary["hosts"][host.name]["stats"]["skipped"]) == (0, 2)


def versions(lab: Lab, name: str) -> set[str]:
    return set(lab.ssh(name, "dpkg-query -Wf '${Version}\\n' 'opsflow-demo-*'").stdout.split())


@pytest.mark.dirties
def test_what_an_update_did_is_undone_by_its_run(
    lab: Lab, fleet: list[Host], repo: Repository, tmp_path: Path
) -> None:
    for name in ("opsflow-demo-lib", "opsflow-demo-app"):
        repo.publish(name, "1.1")
    first, second, *_ = (host.name for host in fleet)
    code, update = play("playbooks/update.yml", lab.inventory, "-l", first)
    assert code == 0
    run = update["run_id"]
    assert [update["hosts"][first][mark] for mark in ("undoable", "rolled_back")] == [True, False]

    chosen = ("-l", f"{first},{second}")
    wanted = ("-e", f"rollback_run={run}")
    code, planned = play("playbooks/rollback.yml", lab.inventory, *chosen, *wanted, "--check")
    assert (code, len(planned["hosts"][first]["packages"])) == (0, 2)
    assert versions(lab, first) == {"1.0", "1.1"}

    code, undone = play("playbooks/rollback.yml", lab.inventory, *chosen, *wanted)
    assert code == 0
    assert versions(lab, first) == {"1.0"}
    assert undone["hosts"][second]["stats"]["changed"] == 0

    opsflow = Opsflow(tmp_path, lab.inventory)
    again = opsflow("rollback", run, first, "-i", lab.inventory, "-b")
    assert again.code == 0
    assert "is undone already" in again.out
    unknown = opsflow("rollback", "20990101-000000-abcdef", first, "-i", lab.inventory, "-b")
    assert (unknown.code, "there is no upgrade to undo" in unknown.out) == (0, True)


@pytest.mark.dirties
def test_an_audit_names_what_a_person_should_see(lab: Lab, host: Host, repo: Repository) -> None:
    code, _ = play("playbooks/audit-packages.yml", lab.inventory, "-l", host.name)
    assert code == 0
    repo.publish("opsflow-demo-conf", "1.1", security=True)
    lab.ssh(host.name, "sudo apt-mark hold opsflow-demo-lib; sudo touch /run/reboot-required")
    code, summary = play("playbooks/audit-packages.yml", lab.inventory, "-l", host.name)
    assert code == 2
    (failure,) = summary["hosts"][host.name]["failures"]
    assert failure["message"] == (
        "security updates wait: opsflow-demo-conf; held at their version: opsflow-demo-lib; "
        "a reboot is due: the system asks for it"
    )
    agreed = '{"audit_security": 1, "audit_reboot": true, "audit_holds": ["opsflow-demo-lib"]}'
    code, _ = play("playbooks/audit-packages.yml", lab.inventory, "-l", host.name, "-e", agreed)
    assert code == 0
