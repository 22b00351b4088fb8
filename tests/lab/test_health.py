"""health_check on real hosts: units that crash and come back, a web server, a play that stops."""

from __future__ import annotations

from pathlib import Path

import pytest

from opsflow.lab import Host, Lab
from tests.support.cli import Opsflow
from tests.support.local import Run
from tests.support.remote import running_on

pytestmark = pytest.mark.dirties

APP = "opsflow-demo-app"
VERSION = "http://127.0.0.1:8080/version"


async def shell(run: Run, command: str) -> str:
    result = await run.task.call("command.run", {"cmd": command, "shell": True})
    return str(result["stdout"]).strip()


def unit(command: str, **more: str) -> str:
    """Return a shell command that starts `crashing.service`."""
    options = {"Restart": "always", "RestartSec": "0.2", **more}
    words = " ".join(f"-p {name}={value}" for name, value in options.items())
    return f"systemd-run --quiet --unit=crashing {words} sh -c '{command}'"


async def test_units_ports_and_the_web(lab: Lab, host: Host) -> None:
    async with running_on(lab.inventory, host.name) as run:
        checks = [{"unit": APP}, {"tcp": 8080}, {"http": {"url": VERSION, "body": r"^1\.0$"}}]
        well = await run("health_check", checks=checks, healthy_for=1)
        assert (well["healthy"], well["msg"]) == (True, "3 checks are good")
        await shell(run, f"systemctl stop {APP}")
        bad = await run("health_check", checks=[{**check, "retries": 1, "delay": 0.1} for check in checks])
        assert not any(one["ok"] for one in bad["checks"])
        assert f"{APP} is inactive (dead); tried" in bad["msg"]
        assert "127.0.0.1:8080: Connection refused; tried" in bad["msg"]
        back = f"systemd-run --quiet --on-active=1 --timer-property=AccuracySec=10ms systemctl start {APP}"
        await shell(run, back)
        assert (await run("health_check", checks=[{"http": VERSION, "delay": 0.2, "retries": 50}]))["healthy"]


async def test_a_unit_that_crashes_again_and_again_is_not_well(lab: Lab, host: Host) -> None:
    """A single look sees it active; the time for which it must stay so shows that it does not."""
    async with running_on(lab.inventory, host.name) as run:
        await shell(run, unit("sleep 1; exit 7", StartLimitIntervalSec="0"))
        check = {"unit": "crashing", "delay": 0.3, "retries": 1000}
        assert (await run("health_check", checks=[check]))["healthy"]
        watched = await run("health_check", checks=[check], healthy_for=4, deadline=6)
        assert not watched["healthy"]
        said = watched["msg"]
        assert "without a break until the deadline" in said or "it had been good before" in said


async def test_a_unit_that_failed_is_told_with_its_exit_code(lab: Lab, host: Host) -> None:
    async with running_on(lab.inventory, host.name) as run:
        await shell(run, unit("exit 7", Restart="no") + "; sleep 0.3")
        bad = await run("health_check", checks=[{"unit": "crashing.service", "retries": 0}])
        assert bad["msg"].startswith("crashing.service is failed (exit-code, 7); tried once in ")


def test_a_play_stops_where_a_host_is_not_well(lab: Lab, host: Host, tmp_path: Path) -> None:
    tasks = [
        {"shell": f"systemctl stop {APP}"},
        {"name": "well?", "health_check": {"checks": [{"http": VERSION, "retries": 1, "delay": 0.1}]}},
        {"shell": "touch /tmp/never"},
    ]
    play = [{"hosts": "all", "become": True, "gather_facts": False, "tasks": tasks}]
    done = Opsflow(tmp_path, lab.inventory).play(play, "--limit", host.name)
    assert done.code == 2
    said = " ".join(done.out.split())
    assert f"{VERSION}: " in said
    assert "connection refused" in said
    assert "; tried 2 times in" in said
    assert lab.ssh(host.name, "test -e /tmp/never || echo no").stdout == "no\n"
