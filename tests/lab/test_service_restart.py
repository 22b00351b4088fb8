"""Services that run replaced code, on real hosts: found by their processes, restarted, left alone."""

from __future__ import annotations

import pytest

from opsflow.lab import Host, Lab
from opsflow.lab.repo import Repository
from tests.support.local import Run
from tests.support.remote import running_on

pytestmark = pytest.mark.dirties

APP = "opsflow-demo-app.service"
REPLACE = "cp -p {0} {0}.new && mv {0}.new {0}"
PYTHON = "$(readlink -f /usr/bin/python3)"


async def shell(run: Run, command: str) -> str:
    result = await run.task.call("command.run", {"cmd": command, "shell": True})
    assert result["rc"] == 0, result["stderr"]
    return str(result["stdout"]).strip()


async def test_replaced_code_is_found_and_restarted_but_not_what_a_host_depends_on(
    lab: Lab, host: Host
) -> None:
    async with running_on(lab.inventory, host.name) as run:
        libraries = (
            "$(ldd $(command -v dbus-daemon) | grep -o '/[^ ]*libsystemd.so[^ ]*' | xargs readlink -f)"
        )
        assert (await run.task.call("restarts.run"))["restart_needed"] == []
        await shell(run, REPLACE.format(PYTHON))
        await shell(run, REPLACE.format(libraries))
        needed = (await run.task.call("restarts.run"))["restart_needed"]
        assert {APP, "dbus.service"} <= set(needed)
        main = await shell(run, f"systemctl show -P MainPID {APP}")
        planned = await run.task.call("service_restart.run", {}, check=True)
        assert APP in planned["restarted"]
        assert await shell(run, f"systemctl show -P MainPID {APP}") == main
        done = await run.task.call("service_restart.run", {})
        assert APP in done["restarted"]
        assert done["failed"] == []
        left = {one["unit"] for one in done["left"]}
        assert "dbus.service" in left
        assert await shell(run, f"systemctl show -P MainPID {APP}") != main
        again = await run.task.call("service_restart.run", {})
        assert (again["changed"], again["restarted"], {one["unit"] for one in again["left"]}) == (
            False,
            [],
            left,
        )


async def test_a_service_that_does_not_start_again_is_told(lab: Lab, host: Host) -> None:
    async with running_on(lab.inventory, host.name) as run:
        await shell(run, REPLACE.format(PYTHON))
        failing = 'ExecStartPre=/bin/sh -c "echo the port is taken; exit 9"'
        folder = f"/run/systemd/system/{APP}.d"
        await shell(run, f"mkdir -p {folder}; printf '[Service]\\n{failing}\\n' >{folder}/bad.conf")
        await shell(run, "systemctl daemon-reload")
        done = await run.task.call("service_restart.run", {"policy": ["opsflow-*"]})
        (failed,) = done["failed"]
        assert failed["unit"] == APP
        assert failed["why"] == "it is failed (exit-code); its last words: the port is taken"


async def test_a_script_that_was_replaced(lab: Lab, host: Host, repo: Repository) -> None:
    script = "#!/usr/bin/python3\nimport time\ntime.sleep(9999)\n"
    repo.publish("opsflow-script", "1.0", files={"/usr/lib/opsflow-script/main.py": script})
    async with running_on(lab.inventory, host.name) as run:
        await shell(run, "apt-get -qq update && apt-get -qqy install opsflow-script >/dev/null")
        await shell(
            run, "systemd-run --quiet --unit=scripted python3 /usr/lib/opsflow-script/main.py; sleep 2.1"
        )
        assert (await run.task.call("restarts.run"))["restart_needed"] == []
        repo.publish("opsflow-script", "1.1", files={"/usr/lib/opsflow-script/main.py": script + "#\n"})
        await shell(run, "apt-get -qq update && apt-get -qqy install opsflow-script >/dev/null")
        assert (await run.task.call("restarts.run"))["restart_needed"] == ["scripted.service"]
