"""Services that run replaced code, on real hosts: found by their processes, restarted, left alone."""

from __future__ import annotations

import pytest

from opsflow.core.errors import TaskError
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
        assert failed["why"].startswith("it is failed (exit-code); its last words: ")
        assert failed["why"].endswith("the port is taken")


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


DAEMON = "#!/usr/bin/python3\nimport time\nprint('version {}', flush=True)\ntime.sleep(9999)\n"
BROKEN = "#!/usr/bin/python3\nraise SystemExit('this version does not work')\n"
CODE = "/usr/lib/opsflow-daemon/main.py"


async def daemon(run: Run, repo: Repository) -> None:
    """Install version 1.0 of a daemon whose packages do not restart it, and start it."""
    repo.publish("opsflow-daemon", "1.0", files={CODE: DAEMON.format("1.0")})
    await shell(run, "apt-get -qq update && apt-get -qqy install opsflow-daemon >/dev/null")
    unit = f"[Service]\\nExecStart=/usr/bin/python3 {CODE}\\n"
    await shell(
        run, f"printf '{unit}' >/etc/systemd/system/daemon.service; systemctl start daemon; sleep 2.1"
    )


async def said(run: Run) -> str:
    """Return what the daemon said since it runs."""
    since = "_SYSTEMD_INVOCATION_ID=$(systemctl show -P InvocationID daemon)"
    return await shell(run, f"systemctl is-active daemon && journalctl -o cat {since}")


async def test_an_upgrade_restarts_what_runs_its_old_code(lab: Lab, host: Host, repo: Repository) -> None:
    async with running_on(lab.inventory, host.name) as run:
        await daemon(run, repo)
        repo.publish("opsflow-daemon", "1.1", files={CODE: DAEMON.format("1.1")})
        left = await run("package_upgrade")
        assert left["restart_needed"] == ["daemon.service"]
        assert "version 1.0" in await said(run)
        repo.publish("opsflow-daemon", "1.2", files={CODE: DAEMON.format("1.2")})
        done = await run("system_update", health=[{"unit": "daemon"}])
        (services,) = [check for check in done["checks"] if check["check"] == "services"]
        assert (services["ok"], services["restarted"]) == (True, ["daemon.service"])
        assert done["restart_needed"] == []
        assert "version 1.2" in await said(run)


async def test_a_service_that_its_restart_breaks_runs_again_after_the_rollback(
    lab: Lab, host: Host, repo: Repository
) -> None:
    async with running_on(lab.inventory, host.name) as run:
        await daemon(run, repo)
        repo.publish("opsflow-daemon", "1.1", files={CODE: BROKEN})
        repo.withdraw("opsflow-daemon", "1.0")
        with pytest.raises(TaskError) as caught:
            await run("system_update")
        assert "daemon.service: it is failed (exit-code, 1)" in caught.value.message
        assert "this version does not work" in caught.value.message
        assert caught.value.message.endswith("Rolled back: 1 package is as before")
        assert "version 1.0" in await said(run)


async def test_a_rollback_by_hand_restarts_too(lab: Lab, host: Host, repo: Repository) -> None:
    async with running_on(lab.inventory, host.name) as run:
        await daemon(run, repo)
        repo.publish("opsflow-daemon", "1.1", files={CODE: DAEMON.format("1.1")})
        await run("system_update", restart_services=["daemon"])
        assert "version 1.1" in await said(run)
        undone = await run("package_rollback")
        assert [one["new"] for one in undone["packages"]] == ["1.0"]
        assert "version 1.0" in await said(run)
