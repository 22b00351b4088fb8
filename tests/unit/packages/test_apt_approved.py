"""An approved plan is done on a host that is as it was, by exact versions."""

from __future__ import annotations

from typing import Any

import pytest

from opsflow.target import apt_approved, dpkg_status, host_state, upgrade_record
from opsflow.target.request import Completed, Fail

SIMULATED = """Inst app [1.0] (1.1 Debian:12/stable [amd64])
Inst new (1.0 Debian:12/stable [amd64])
Remv old [1.0]
"""


def change(name: str, old: str | None, new: str | None) -> dict[str, Any]:
    return {"name": name, "old": old, "new": new}


def state(**packages: str) -> dict[str, Any]:
    return {"packages": packages, "holds": [], "unfinished": [], "sources": {}}


THEN = state(app="1.0", old="1.0", other="1.0")


def plan(**more: Any) -> dict[str, Any]:
    changes = {"upgrade": [change("app", "1.0", "1.1")], "install": [change("new", None, "1.0")]}
    given = {**changes, "remove": [change("old", "1.0", None)], "purge": False}
    return {**given, "state": THEN, "fingerprint": host_state.fingerprint(THEN), **more}


class Host:
    """A host whose state and apt are made up."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = THEN
        self.record: upgrade_record.Record | None = None
        self.rc, self.said = 0, SIMULATED
        self.ran: list[list[str]] = []
        self.env: dict[str, str] = {}
        monkeypatch.setattr(host_state, "read", lambda: self.now)
        monkeypatch.setattr(upgrade_record, "latest", lambda: self.record)
        monkeypatch.setattr(dpkg_status, "read", lambda: self)

    def versions(self) -> dict[str, str]:
        return self.now["packages"]

    def command(self, argv: list[str], **_: Any) -> Completed:
        self.ran.append(argv)
        text = (
            self.said if argv[0] == "apt-get" else "app:\n  Installed: 1.0\n  Candidate: 1.2\n     1.2 500\n"
        )
        return Completed(argv, self.rc, text, "E: Version '1.1' for 'app' was not found\n", 0, 0)


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> Host:
    return Host(monkeypatch)


def settled(host: Host, approved: dict[str, Any]) -> tuple[list[str], Any]:
    return apt_approved.settle(host, approved)  # type: ignore[arg-type]


def test_versions_are_named_and_nothing_more_is_wanted(host: Host) -> None:
    apt_approved.check(plan())
    arguments, simulation = settled(host, plan(purge=True))
    assert arguments[0] == "install"
    assert arguments[-3:] == ["app=1.1", "new=1.0", "old-"]
    assert {"--purge", "APT::Install-Recommends=0"} <= set(arguments)
    assert [one["name"] for one in simulation.upgrade] == ["app"]


def test_a_host_that_has_changed_is_refused(host: Host) -> None:
    host.now = {**state(app="1.0", old="1.0", other="2.0"), "holds": ["app"]}
    with pytest.raises(Fail, match=r"changed since its plan was made: other is 2.0 and was 1.0; app is held"):
        apt_approved.check(plan())


def test_an_approved_version_that_came_otherwise_is_a_change_too(host: Host) -> None:
    host.now = state(app="1.1", old="1.0", other="1.0")
    host.record = upgrade_record.Record("x", {"before": {"versions": {"app": "0.9"}}})
    with pytest.raises(Fail, match=r"app is 1.1 and was 1.0"):
        apt_approved.check(plan())


def test_what_the_plans_own_upgrade_did_is_no_change(host: Host) -> None:
    host.record = upgrade_record.Record("x", {"before": {"versions": THEN["packages"]}})
    host.now = {**state(app="1.1", old="1.0", other="1.0"), "unfinished": ["app"]}
    apt_approved.check(plan())
    host.said = SIMULATED.partition("\n")[2]
    assert settled(host, plan())[0][-2:] == ["new=1.0", "old-"]
    host.now = state(app="1.1", new="1.0", other="1.0")
    apt_approved.check(plan())
    assert settled(host, plan())[0] == ["install"]
    host.now = state(app="1.1", new="1.0", other="2.0")
    with pytest.raises(Fail, match=r"other is 2.0 and was 1.0"):
        apt_approved.check(plan())


def test_apt_must_not_do_anything_else(host: Host) -> None:
    host.said = SIMULATED + "Inst more (3 Debian:12/stable [amd64])\n"
    with pytest.raises(Fail, match=r"would also change more \(absent → 3\)"):
        settled(host, plan())
    host.said = SIMULATED.replace("Remv old [1.0]\n", "")
    with pytest.raises(Fail, match=r"would not change old \(1.0 → removed\)"):
        settled(host, plan())


def test_a_version_that_is_offered_no_more_is_named(host: Host) -> None:
    host.rc = 100
    with pytest.raises(Fail, match=r"not offered any more: app 1.1, new 1.0"):
        settled(host, plan())


def test_no_changes_need_no_apt(host: Host) -> None:
    nothing = plan(upgrade=[], install=[], remove=[])
    host.now = state()
    apt_approved.check(nothing)
    assert (settled(host, nothing)[0], host.ran) == ([], [])
