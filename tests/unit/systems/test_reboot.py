"""A reboot is done when a new boot id was read and the system has settled, and not before."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from opsflow.core.errors import TaskError, Unreachable
from opsflow.core.upgrades import Rebooted
from opsflow.systems import reboot as room
from opsflow.systems.reboot import reboot

LOST = Unreachable("the connection was lost", kind="lost")


class FakeHost:
    """A host that answers `boot_id` with what a script says, one item a call: an id or an error."""

    name = "web1"

    def __init__(self, *boot_ids: str | Exception) -> None:
        self.boot_ids: Iterator[str | Exception] = iter(boot_ids)
        self.settled: dict[str, Any] = {"state": "running", "settled": True, "units": []}
        self.tests: list[dict[str, Any]] = []
        self.calls: list[str] = []
        self.reconnects = 0
        self.reconnect_error: Unreachable | None = None

    async def call(
        self,
        fn: str,
        args: Mapping[str, Any] | None = None,
        *,
        check: bool | None = None,
        on_event: Callable[[Mapping[str, Any]], None] | None = None,
    ) -> dict[str, Any]:
        assert check is False, "a reboot is no rehearsal"
        self.calls.append(fn)
        if fn == "boot.boot_id":
            answer = next(self.boot_ids)
            if isinstance(answer, Exception):
                raise answer
            return {"boot_id": answer}
        if fn == "boot.settle":
            return self.settled
        if fn == "command.run":
            return self.tests.pop(0) if self.tests else {"rc": 0}
        return {}

    async def reconnect(self, timeout: float) -> None:
        self.reconnects += 1
        if self.reconnect_error:
            raise self.reconnect_error


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "POLL", 0)


async def test_waits_until_the_boot_id_is_new() -> None:
    host = FakeHost("old", "old", LOST, "new")
    done = await reboot(host)
    assert isinstance(done, Rebooted)
    assert (done.boot_id, done.state) == ("new", "running")
    assert host.calls[:2] == ["boot.boot_id", "boot.reboot"]
    assert host.calls[-2:] == ["boot.settle", "command.run"]
    assert host.reconnects == 1


async def test_a_boot_id_that_cannot_be_read_is_not_a_new_one() -> None:
    host = FakeHost("old", TaskError("no such file"), "", "old", LOST, "new")
    assert (await reboot(host)).boot_id == "new"


async def test_a_host_that_stays_up_is_told_from_one_that_stays_down() -> None:
    host = FakeHost("old", *["old"] * 100_000)
    with pytest.raises(TaskError, match=r"web1 did not go down within 0.01 seconds"):
        await reboot(host, timeout=0.01)
    host = FakeHost("old", LOST)
    host.reconnect_error = Unreachable("connection refused", kind="refused")
    with pytest.raises(TaskError, match=r"did not come back within 5 seconds .*connection refused") as caught:
        await reboot(host, timeout=5)
    assert caught.value.hint


async def test_a_lost_answer_to_the_reboot_itself_is_no_failure() -> None:
    class Cut(FakeHost):
        async def call(self, fn: str, *args: Any, **options: Any) -> dict[str, Any]:
            if fn == "boot.reboot":
                raise LOST
            return await super().call(fn, *args, **options)

    assert (await reboot(Cut("old", "new"))).boot_id == "new"


async def test_degraded_is_settled_and_starting_is_not() -> None:
    host = FakeHost("old", "new")
    host.settled = {"state": "degraded", "settled": True, "units": ["x.service"]}
    assert (await reboot(host)).state == "degraded"
    host = FakeHost("old", "new")
    host.settled = {"state": "starting", "settled": False, "units": ["slow.service"]}
    with pytest.raises(TaskError, match=r"is still starting after 5 seconds: slow.service"):
        await reboot(host, timeout=5)


async def test_the_test_command_is_tried_until_it_works() -> None:
    host = FakeHost("old", "new")
    host.tests = [{"failed": True, "rc": 1}, {"failed": True, "rc": 1}, {"rc": 0}]
    await reboot(host)
    assert host.calls.count("command.run") == 3


async def test_a_test_command_that_never_works_fails() -> None:
    host = FakeHost("old", "new")
    host.tests = [{"failed": True, "rc": 1, "stderr": "not yet"}] * 100_000
    with pytest.raises(TaskError, match="'/bin/check' still fails: not yet"):
        await reboot(host, timeout=0.01, test_command="/bin/check")


async def test_progress_is_told() -> None:
    messages: list[str] = []
    await reboot(FakeHost("old", LOST, "new"), progress=lambda message, percent: messages.append(message))
    assert messages[:2] == ["rebooting", "down, waiting for it to come back"]
