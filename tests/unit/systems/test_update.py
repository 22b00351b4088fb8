"""An update takes its steps in order, and tells what was done when one fails."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from typing import Any

import pytest

from opsflow.core.drivers import PackageManager, SystemManager
from opsflow.core.errors import TaskError
from opsflow.core.results import PackageChange
from opsflow.core.upgrades import (
    NextRelease,
    Plan,
    Rebooted,
    RebootReason,
    ReleaseRequest,
    RolledBack,
    Safety,
    Update,
    Upgraded,
    UpgradeRequest,
)
from opsflow.systems.update import RebootPolicy, UpdateRequest, update


class FakePackages(PackageManager):
    """Remembers what it was asked for."""

    module = "apt"

    def __init__(self, steps: list[str], fails: str) -> None:
        self.steps = steps
        self.fails = fails

    async def refresh(self, **_: Any) -> bool:
        self.steps.append("refresh")
        return True

    async def look_before(self, policy: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Be fit, for as long as the window is open: it closes with the upgrade."""
        closed = self.fails == "window" or (self.fails == "late" and "upgrade" in self.steps)
        said = "outside of the window" if closed else "it is open"
        return [
            {"check": "window", "ok": not closed, "level": policy["window"], "message": said},
            {"check": "load", "ok": False, "level": "warn", "message": "the load is high"},
        ]

    async def upgrade(self, request: UpgradeRequest, **_: Any) -> Upgraded:
        self.steps.append("upgrade")
        return Upgraded([PackageChange("a", "1", "2")], transaction="t")

    async def updates(self) -> list[Update]:
        raise NotImplementedError

    async def plan(self, request: UpgradeRequest, **_: Any) -> Plan:
        raise NotImplementedError

    async def autoremove(self, **_: Any) -> Upgraded:
        raise NotImplementedError

    async def verify(self, transaction: str, safety: Safety, *, kernel: str = "") -> list[dict[str, Any]]:
        self.steps.append(f"verify {transaction} {kernel}".strip())
        if self.fails == "verify" and "roll back" not in self.steps:
            raise TaskError("the verification failed: no unit is up")
        return [{"check": "units", "ok": True, "message": "no unit has failed"}]

    async def roll_back(self, transaction: str = "", **_: Any) -> RolledBack:
        self.steps.append("roll back")
        if self.fails == "all":
            raise TaskError("the disk is full")
        return RolledBack(transaction, [PackageChange("a", "2", "1")])

    async def hold(self, names: Sequence[str], *, held: bool = True) -> bool:
        raise NotImplementedError

    async def repair(self, **_: Any) -> list[str]:
        raise NotImplementedError


class FakeSystem(SystemManager):
    """A system that asks for a reboot, or does not."""

    def __init__(self, reason: RebootReason, fails: str = "") -> None:
        self.steps: list[str] = []
        self.packages = FakePackages(self.steps, fails)
        self.reason = reason
        self.fails = fails

    async def run_hooks(self, stage: str, commands: Sequence[str] = ()) -> list[dict[str, Any]]:
        self.steps.append(stage)
        hooks = [{"command": command, "rc": int(stage == self.fails)} for command in commands]
        if stage == self.fails or (self.fails == "all" and stage == "post-update"):
            raise TaskError(f"the {stage} hook failed", data={"hooks": hooks})
        return hooks

    async def facts(self) -> dict[str, Any]:
        raise NotImplementedError

    async def patch_state(self, **_: Any) -> dict[str, Any]:
        raise NotImplementedError

    async def release_available(self) -> NextRelease:
        raise NotImplementedError

    async def plan_release(self, request: ReleaseRequest) -> dict[str, Any]:
        raise NotImplementedError

    async def release_upgrade(self, request: ReleaseRequest) -> dict[str, Any]:
        raise NotImplementedError

    async def verify_release(
        self, transaction: str, safety: Safety, *, kernel: str = ""
    ) -> list[dict[str, Any]]:
        raise NotImplementedError

    async def reboot_required(self) -> RebootReason:
        return self.reason

    async def services_to_restart(self) -> list[str]:
        return ["ssh.service"]

    async def reboot(self, *, timeout: float = 600.0, **_: Any) -> Rebooted:
        self.steps.append(f"reboot within {timeout:g}")
        return Rebooted(3.2, "new", "running")


REQUIRED = RebootReason(True, ["linux-image-6"])
STEPS = ["pre-update", "refresh", "upgrade", "post-update"]


def request(reboot: RebootPolicy = "never", **more: Any) -> UpdateRequest:
    return UpdateRequest(UpgradeRequest(), pre_update=["one"], post_update=["two"], reboot=reboot, **more)


@pytest.mark.parametrize(
    ("policy", "reason", "rebooted"),
    [
        ("never", REQUIRED, False),
        ("if_required", REQUIRED, True),
        ("if_required", RebootReason(False), False),
        ("always", RebootReason(False), True),
    ],
)
async def test_steps_in_order_and_a_reboot_as_asked(
    policy: RebootPolicy, reason: RebootReason, rebooted: bool
) -> None:
    system = FakeSystem(reason)
    result = await update(system, request(policy, reboot_timeout=60.0))
    assert system.steps == STEPS + (["reboot within 60", "verify t"] if rebooted else [])
    assert result["rebooted"] is rebooted
    assert [hook["command"] for hook in result["hooks"]] == ["one", "two"]
    assert result["packages"] == [{"name": "a", "old": "1", "new": "2"}]
    assert result["restart_needed"] == ["ssh.service"]


async def test_the_message_says_that_a_reboot_is_due_or_was_done() -> None:
    due = await update(FakeSystem(REQUIRED), request())
    assert due["msg"] == "upgraded 1 package; a reboot is required (linux-image-6)"
    assert due["reboot_required"] is True
    done = await update(FakeSystem(REQUIRED), request("if_required"))
    assert done["msg"] == "upgraded 1 package; rebooted, back after 3 s"
    assert done["reboot_required"] is False


async def test_a_failing_first_hook_leaves_the_packages_alone() -> None:
    system = FakeSystem(REQUIRED, fails="pre-update")
    with pytest.raises(TaskError, match="the pre-update hook failed") as caught:
        await update(system, request("always"))
    assert system.steps == ["pre-update"]
    assert caught.value.data["changed"] is False
    assert caught.value.data["hooks"] == [{"command": "one", "rc": 1}]


async def test_a_failing_last_hook_tells_what_was_upgraded() -> None:
    system = FakeSystem(REQUIRED, fails="post-update")
    with pytest.raises(TaskError) as caught:
        await update(system, request("always"))
    assert system.steps == STEPS
    assert caught.value.data["packages"] == [{"name": "a", "old": "1", "new": "2"}]
    assert caught.value.data["changed"] is True
    assert caught.value.data["hooks"] == [{"command": "one", "rc": 0}, {"command": "two", "rc": 1}]
    assert "reboot_required" not in caught.value.data


async def test_lists_are_not_fetched_when_not_asked() -> None:
    system = FakeSystem(RebootReason(False))
    await update(system, request(refresh=False))
    assert system.steps == ["pre-update", "upgrade", "post-update"]


def undoing(reboot: RebootPolicy) -> UpdateRequest:
    upgrade = UpgradeRequest(safety=Safety(on_failure="rollback"))
    return UpdateRequest(upgrade, post_update=["two"], reboot=reboot, reboot_timeout=60.0)


async def test_what_fails_after_the_reboot_is_undone_and_rebooted_again() -> None:
    system = FakeSystem(RebootReason(True, kernel="6.9"), fails="verify")
    with pytest.raises(TaskError) as caught:
        await update(system, undoing("if_required"))
    assert system.steps == [
        *STEPS,
        "reboot within 60",
        "verify t 6.9",
        "roll back",
        "reboot within 60",
        "verify t",
    ]
    assert caught.value.message == (
        "the verification failed: no unit is up. Rolled back: 1 package is as before"
    )
    assert (caught.value.data["rolled_back"], caught.value.data["packages"]) == (True, [])


async def test_a_failing_last_hook_undoes_the_upgrade_where_that_is_wished() -> None:
    system = FakeSystem(RebootReason(False), fails="post-update")
    with pytest.raises(TaskError) as caught:
        await update(system, undoing("never"))
    assert caught.value.message == "the post-update hook failed. Rolled back: 1 package is as before"
    assert system.steps == [*STEPS, "roll back"]


async def test_a_rollback_that_fails_asks_for_a_person() -> None:
    system = FakeSystem(RebootReason(False), fails="all")
    with pytest.raises(TaskError) as caught:
        await update(system, undoing("never"))
    assert caught.value.message == (
        "the post-update hook failed. The rollback failed too: the disk is full. This host needs a person"
    )
    assert "rolled_back" not in caught.value.data


IN_WINDOW = UpgradeRequest(
    safety=Safety(preflight={"window": "stop", "maintenance_window": ["Mon 1:00-2:00"]})
)


async def test_a_host_that_is_not_fit_is_left_alone_hooks_included() -> None:
    system = FakeSystem(REQUIRED, "window")
    with pytest.raises(TaskError, match=r"so nothing was done: outside of the window$"):
        await update(system, UpdateRequest(IN_WINDOW, pre_update=["one"], reboot="if_required"))
    assert system.steps == []
    system = FakeSystem(REQUIRED, "")
    await update(system, UpdateRequest(IN_WINDOW))
    assert system.steps == STEPS


async def test_a_window_that_closes_meanwhile_postpones_the_reboot() -> None:
    system = FakeSystem(REQUIRED, "late")
    result = await update(system, UpdateRequest(IN_WINDOW, reboot="if_required"))
    assert system.steps == STEPS
    assert (result["rebooted"], result["reboot_required"]) == (False, True)
    assert result["reboot_postponed"] == "outside of the window"
    assert result["msg"].endswith("a reboot is required (linux-image-6), but not now: outside of the window")


async def test_a_reboot_whose_turn_does_not_come_is_told_and_nothing_is_undone() -> None:
    system = FakeSystem(REQUIRED)
    upgrade = UpgradeRequest(safety=Safety(on_failure="rollback"))
    turn = nullcontext("db1 failed in its turn of 'db'")
    done = await update(system, UpdateRequest(upgrade, reboot="if_required", turn=lambda: turn))
    assert system.steps == STEPS
    later = "a reboot is required (linux-image-6), but not now: db1 failed in its turn of 'db'"
    assert done["msg"].endswith(later)
