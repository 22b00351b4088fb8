"""An upgrade to another release takes its reboot and its last look as they are due."""

from __future__ import annotations

from typing import Any

import pytest

from opsflow.core.errors import TaskError
from opsflow.core.upgrades import RebootReason, ReleaseRequest, Safety
from opsflow.systems.release import sentence, upgrade
from opsflow.systems.update import RebootPolicy
from tests.unit.systems.test_update import FakeSystem

RELEASES = {
    "from": {"codename": "bookworm", "version": "12"},
    "to": {"codename": "trixie", "version": "13"},
}
DONE: dict[str, Any] = {
    **RELEASES,
    "changed": True,
    "transaction": "t",
    "packages": [{"name": "a", "old": "1", "new": "2"}, {"name": "b", "old": "1", "new": None}],
    "disabled": ["https://o.example trixie main"],
    "obsolete": [],
    "checks": [],
    "stage": "boot",
    "reboot_pending": True,
}
NOTHING: dict[str, Any] = {
    **DONE,
    "changed": False,
    "transaction": "",
    "packages": [],
    "disabled": [],
    "stage": "",
    "reboot_pending": False,
    "reason": "the host is at Debian 13 (trixie)",
}


TOLD = "upgraded bookworm to trixie: 1 upgraded, 1 removed; 1 sources turned off"


class Releasing(FakeSystem):
    """A system whose upgrade to another release ends as wanted."""

    def __init__(self, result: dict[str, Any], fails: str = "") -> None:
        super().__init__(RebootReason(True, kernel="6.12"), fails)
        self.result = result

    async def release_upgrade(self, request: ReleaseRequest) -> dict[str, Any]:
        self.steps.append("upgrade")
        return dict(self.result)

    async def verify_release(
        self, transaction: str, safety: Safety, *, kernel: str = ""
    ) -> list[dict[str, Any]]:
        self.steps.append(f"verify {transaction} {kernel}".strip())
        if self.fails == "verify":
            raise TaskError("the verification failed: no unit is up")
        return [{"check": "units", "ok": True, "message": "no unit has failed"}]


@pytest.mark.parametrize(
    ("result", "policy", "steps", "msg"),
    [
        (
            DONE,
            "if_required",
            ["upgrade", "reboot within 60", "verify t 6.12"],
            f"{TOLD}; rebooted, back after 3 s",
        ),
        (
            DONE,
            "never",
            ["upgrade", "verify t"],
            f"{TOLD}; a reboot is required",
        ),
        (NOTHING, "if_required", ["upgrade"], "the host is at Debian 13 (trixie)"),
        (
            {**NOTHING, "reboot_pending": True},
            "if_required",
            ["upgrade", "reboot within 60"],
            "the host is at Debian 13 (trixie); rebooted, back after 3 s",
        ),
    ],
)
async def test_the_reboot_and_the_last_look(
    result: dict[str, Any], policy: RebootPolicy, steps: list[str], msg: str
) -> None:
    system = Releasing(result)
    done = await upgrade(system, ReleaseRequest(), policy, 60)
    assert (system.steps, done["msg"]) == (steps, msg)
    assert done["rebooted"] == any(step.startswith("reboot") for step in steps)


async def test_a_last_look_that_is_bad_fails_with_all_that_was_done() -> None:
    with pytest.raises(TaskError, match="no unit is up") as caught:
        await upgrade(Releasing(DONE, "verify"), ReleaseRequest(), "if_required", 60)
    assert (caught.value.data["rebooted"], caught.value.data["packages"]) == (True, DONE["packages"])


def test_a_check_says_what_would_be_done() -> None:
    planned = {**DONE, "transaction": "", "rebooted": False, "reboot_pending": False}
    assert sentence(planned, check=True).startswith("would upgrade bookworm to trixie: 1 upgraded, 1 removed")
