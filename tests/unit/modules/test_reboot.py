"""reboot and wait_for_connection: what can be told without a host that goes down."""

from pathlib import Path

import pytest

from opsflow.core.errors import TaskError, Unreachable
from tests.support.local import LocalTask, Run

BOOT_ID = Path("/proc/sys/kernel/random/boot_id").read_text().strip()


async def test_reboot_refuses_the_control_node(run: Run) -> None:
    run.task.vars = {"ansible_connection": "local"}
    with pytest.raises(TaskError, match="the machine that OpsFlow runs on"):
        await run("reboot")


async def test_reboot_in_check_mode_only_tells(run: Run) -> None:
    assert await run("reboot", check=True) == {"changed": True, "elapsed": 0, "rebooted": True}


async def test_the_boot_id_is_the_kernels_or_a_commands(run: Run) -> None:
    assert await run.task.call("boot.boot_id") == {"boot_id": BOOT_ID}
    assert await run.task.call("boot.boot_id", {"command": "echo 7"}) == {"boot_id": "7"}
    with pytest.raises(TaskError, match="exit code 3"):
        await run.task.call("boot.boot_id", {"command": "exit 3"})


async def test_reboot_says_where_it_found_no_shutdown(run: Run, tmp_path: object) -> None:
    with pytest.raises(TaskError, match=rf"no 'shutdown' in {tmp_path}|needs root"):
        await run.task.call("boot.reboot", {"message": "x", "search_paths": [str(tmp_path)]})


async def test_a_system_without_systemd_is_settled_at_once(run: Run) -> None:
    result = await run.task.call("boot.settle", {"timeout": 0})
    assert result["state"]
    assert result["settled"] is (result["state"] in ("none", "running", "degraded"))


async def test_wait_for_connection_tries_again(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[float] = []

    async def reconnect(self: LocalTask, timeout: float) -> None:
        tries.append(timeout)
        if len(tries) < 3:
            raise Unreachable("connection refused", kind="refused")

    monkeypatch.setattr(LocalTask, "reconnect", reconnect, raising=False)
    result = await run("wait_for_connection", sleep=0)
    assert (result["changed"], len(tries)) == (False, 3)
    assert result["elapsed"] >= 0


async def test_wait_for_connection_gives_up_with_a_reason(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    async def reconnect(self: LocalTask, timeout: float) -> None:
        raise Unreachable("connection refused", kind="refused")

    monkeypatch.setattr(LocalTask, "reconnect", reconnect, raising=False)
    with pytest.raises(Unreachable, match=r"within 0 seconds: connection refused"):
        await run("wait_for_connection", timeout=0, sleep=0)
