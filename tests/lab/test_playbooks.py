"""The playbooks to start from, on real hosts; update.yml has its own tests."""

from __future__ import annotations

import pytest

from opsflow.lab import Host, Lab
from opsflow.lab.repo import Repository
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
    assert (code, summary["hosts"][host.name]["stats"]["skipped"]) == (0, 1)
