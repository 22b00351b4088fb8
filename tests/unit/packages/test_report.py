"""The result of an upgrade says in a line what happened."""

from __future__ import annotations

from opsflow.core.results import PackageChange
from opsflow.core.upgrades import Plan, Update, Upgraded, UpgradeRequest
from opsflow.packages import report


def test_what_was_done_is_counted() -> None:
    changes = [
        PackageChange("a", "1", "2"),
        PackageChange("b", "1", "2"),
        PackageChange("c", None, "1"),
        PackageChange("d", "1", None),
    ]
    result = report.done(Upgraded(changes, repaired=["a"], kept_back=["k"], held=["h", "i"], phased=["p"]))
    assert result["msg"] == (
        "upgraded 2 packages, installed 1, removed 1, 1 kept back, 2 held, 1 phased, "
        "1 repaired after an interrupted run"
    )
    assert result["changed"] is True
    assert result["packages"][2] == {"name": "c", "old": None, "new": "1"}


def test_nothing_to_do_is_said() -> None:
    result = report.done(Upgraded([]))
    assert (result["changed"], result["msg"]) == (False, "nothing to upgrade")


def test_a_plan_tells_how_old_the_lists_are() -> None:
    update = Update("a", "1", "2", "Debian:12/stable", size=5)
    result = report.planned(Plan(upgrade=[update], download=5, as_of=86400), UpgradeRequest())
    assert result["msg"] == "would upgrade 1 package (package lists of 1970-01-02 00:00 UTC)"
    assert result["plan"]["upgrade"][0]["origin"] == "Debian:12/stable"
    assert result["packages"] == [{"name": "a", "old": "1", "new": "2"}]
