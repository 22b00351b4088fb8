"""system_update on real hosts: hooks, upgrade, a real reboot."""

from __future__ import annotations

import pytest

from opsflow.core.errors import TaskError
from opsflow.lab import Host, Lab
from opsflow.lab.repo import Repository
from tests.support.local import Run
from tests.support.remote import running_on

pytestmark = pytest.mark.dirties

APP = "opsflow-demo-app"


async def shell(run: Run, command: str) -> str:
    result = await run.task.call("command.run", {"cmd": command, "shell": True})
    return str(result["stdout"]).strip()


async def test_an_update_with_hooks_and_the_reboot_that_a_package_asks_for(
    lab: Lab, ubuntu_host: Host, repo: Repository
) -> None:
    repo.publish(APP, "1.1", reboot_required=True)
    async with running_on(lab.inventory, ubuntu_host.name) as run:
        await shell(
            run,
            "mkdir -p /etc/opsflow/pre-update.d; cd /etc/opsflow/pre-update.d;"
            "printf '#!/bin/sh\\necho from the host\\n' >10-note; chmod +x 10-note",
        )
        boot_id = await shell(run, "cat /proc/sys/kernel/random/boot_id")
        planned = await run("system_update", check=True, pre_update="touch /tmp/ran")
        assert planned["hooks"] == []
        assert await shell(run, "ls /tmp/ran") == ""

        first = await run("system_update", pre_update="echo before", post_update=["echo after"])
        assert first["packages"] == [{"name": APP, "old": "1.0", "new": "1.1"}]
        assert [hook["stdout"] for hook in first["hooks"]] == ["before\n", "from the host\n", "after\n"]
        assert (first["rebooted"], first["reboot_required"]) == (False, True)
        assert first["reboot_packages"] == [APP]
        assert first["msg"] == f"upgraded 1 package; a reboot is required ({APP})"

        second = await run("system_update", reboot="if_required", reboot_timeout=60)
        assert (second["changed"], second["rebooted"], second["reboot_required"]) == (True, True, False)
        assert second["reboot"]["boot_id"] != boot_id
        assert second["reboot"]["state"] in ("running", "degraded")
        assert await shell(run, "cat /proc/sys/kernel/random/boot_id") == second["reboot"]["boot_id"]

        third = await run("system_update", reboot="if_required")
        assert (third["changed"], third["rebooted"], third["msg"]) == (False, False, "nothing to upgrade")


async def test_a_hook_that_fails_stops_before_the_first_package(
    lab: Lab, host: Host, repo: Repository
) -> None:
    repo.publish(APP, "1.1")
    async with running_on(lab.inventory, host.name) as run:
        with pytest.raises(TaskError, match="the pre-update hook 'exit 7' failed with exit code 7"):
            await run("system_update", pre_update=["exit 7"])
        assert await shell(run, f"dpkg-query -Wf '${{Version}}' {APP}") == "1.0"


async def test_drivers_are_found_by_asking(lab: Lab, ubuntu_host: Host) -> None:
    async with running_on(lab.inventory, ubuntu_host.name) as run:
        facts = await (await run.task.system()).facts()
    assert (facts["id"], facts["codename"], facts["pro_services"]) == ("ubuntu", "noble", [])
