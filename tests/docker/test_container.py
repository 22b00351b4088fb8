"""Containers live and die as a task says; what is seen of that in a real daemon beyond the recorded cases."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from opsflow.core.errors import TaskError
from tests.support.local import Run

from .daemon import IMAGE, Daemon

BASE: dict[str, Any] = {"name": "one", "image": IMAGE, "network_mode": "none", "stop_timeout": 1}


async def test_limits_change_in_a_container_that_runs(run: Run) -> None:
    made = await run("docker_container", **BASE, memory="32M", memory_swap="64M")
    wanted = {**BASE, "memory": "40M", "memory_swap": "64M"}
    tried = await run("docker_container", **wanted, check=True, diff=True)
    assert tried["changed"], "check mode tells of limits too"
    assert tried["diff"]["after"] == {"memory": 40 * 2**20}
    changed = await run("docker_container", **wanted)
    assert changed["container"]["Id"] == made["container"]["Id"]
    assert changed["container"]["HostConfig"]["Memory"] == 40 * 2**20
    assert not (await run("docker_container", **wanted))["changed"]


async def test_an_image_that_is_another_makes_the_container_anew(run: Run, daemon: Daemon) -> None:
    daemon.image("lab/moves:1", 'CMD ["sleep", "1000"]', "ENV PATH=/bin")
    first = await run("docker_container", **{**BASE, "image": "lab/moves:1"})
    daemon.image("lab/moves:1", 'CMD ["sleep", "1000"]', "ENV PATH=/bin", "LABEL new=yes")
    ignoring = {**BASE, "image": "lab/moves:1", "comparisons": {"image": "ignore"}}
    assert not (await run("docker_container", **ignoring))["changed"]
    tried = await run("docker_container", **{**BASE, "image": "lab/moves:1"}, check=True, diff=True)
    assert set(tried["diff"]["after"]) >= {"image"}
    second = await run("docker_container", **{**BASE, "image": "lab/moves:1"})
    assert second["container"]["Id"] != first["container"]["Id"]
    assert second["container"]["State"]["Running"]
    await run("docker_container", name="one", state="absent", force_kill=True)
    await run("docker_image", name="lab/moves:1", state="absent")


async def test_a_container_of_a_task_that_waits_tells_what_it_wrote(run: Run) -> None:
    both = {"detach": False, "command": ["sh", "-c", "echo out; echo err >&2"], "output_logs": True}
    done = await run("docker_container", **BASE, **both)
    assert done["status"] == 0
    assert sorted(done["container"]["Output"].splitlines()) == ["err", "out"]
    shown = {(event["stream"], event["line"]) for event in run.task.events if event["type"] == "output"}
    assert shown == {("stdout", "out"), ("stderr", "err")}
    with pytest.raises(TaskError, match="bad") as caught:
        await run("docker_container", **BASE, detach=False, command=["sh", "-c", "echo bad; false"])
    assert caught.value.data["status"] == 1


async def test_a_container_becomes_healthy_or_the_task_fails(run: Run) -> None:
    check = {"test": ["CMD", "true"], "interval": "1s", "timeout": "1s"}
    well = await run("docker_container", **BASE, state="healthy", healthcheck=check)
    assert well["container"]["State"]["Health"]["Status"] == "healthy"
    ill = {**check, "test": ["CMD", "false"]}
    with pytest.raises(TaskError, match=r"Timeout of 0\.2 seconds exceeded while waiting"):
        await run("docker_container", **BASE, state="healthy", healthcheck=ill, healthy_wait_timeout=0.2)


async def test_an_environment_may_be_in_a_file(run: Run) -> None:
    file = run.task.base / "env"
    file.write_text("# said\nFILE=1\nBOTH=file\n\n")
    wanted = {**BASE, "env_file": str(file), "env": {"BOTH": "task"}, "state": "present"}
    made = await run("docker_container", **wanted)
    assert set(made["container"]["Config"]["Env"]) == {"FILE=1", "BOTH=task", "PATH=/bin"}
    assert not (await run("docker_container", **wanted))["changed"]
    file.write_text("no value\n")
    with pytest.raises(TaskError, match=r"line 1 of env_file .* is not NAME=VALUE"):
        await run("docker_container", **wanted)


async def test_anonymous_volumes_go_with_the_container_if_told(run: Run, daemon: Daemon) -> None:
    for keep, left in ((False, 0), (True, 1)):
        await run("docker_container", **BASE, volumes=["/anonymous"], state="present")
        await run("docker_container", name="one", state="absent", keep_volumes=keep)
        assert len(daemon.ask("GET", "/volumes")["Volumes"] or []) == left


async def test_a_container_that_removes_itself_may_be_gone_at_once(run: Run) -> None:
    assert (await run("docker_container", **BASE, auto_remove=True, command="true"))["changed"]
    assert (await run("docker_container", **BASE, auto_remove=True, command="true"))["changed"]


async def test_a_paused_container_can_be_removed(run: Run) -> None:
    assert (await run("docker_container", **BASE, paused=True))["container"]["State"]["Paused"]
    gone = await run("docker_container", name="one", state="absent", debug=True)
    assert [next(iter(action)) for action in gone["actions"]] == ["stopped", "removed"]


async def test_a_task_that_waits_can_be_given_up(run: Run) -> None:
    waiting = run("docker_container", **BASE, detach=False, command=["sleep", "1000"])
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(waiting, 2)
    assert (await run("docker_host_info", containers=True))["containers"]


async def test_what_the_daemon_refuses_is_told(run: Run) -> None:
    with pytest.raises(TaskError, match="refused POST /containers/create"):
        await run("docker_container", **BASE, mac_address="92:d0:c6:0a:29:33", uts="host", hostname="both")
