"""What upgrades would do, told once for all hosts that would get the same."""

from __future__ import annotations

from typing import Any

import pytest

from opsflow.report.lines import render
from opsflow.report.plans import plan_lines, size_text


def update(name: str, old: str | None, new: str | None, **more: Any) -> dict[str, Any]:
    given = {"origin": "Debian:12", "security": False, "third_party": False, "size": 1}
    return {"name": name, "old": old, "new": new, **given, **more}


def plan(*upgrade: dict[str, Any], **more: Any) -> dict[str, Any]:
    empty: dict[str, Any] = {key: [] for key in ("install", "remove", "kept_back", "held", "phased")}
    empty |= {"conffiles": [], "services": [], "reboot": False, "reboot_packages": [], "name": "upgrade"}
    return {**empty, "upgrade": list(upgrade), "download": 12_345, "disk": 0, **more}


def shown(plans: dict[str, Any], others: Any = None, failures: Any = None, **more: Any) -> list[str]:
    lines = plan_lines(plans, {"others": others or {}}, failures or {}, **more)
    return [render(one, color=False) for one in lines]


SSL = update("openssl", "3.0.1", "3.0.2", security=True)
TOOL = update("tool", "1", "2", third_party=True, origin="Acme:stable")


def test_hosts_with_the_same_plan_share_a_block_and_what_differs_has_its_hosts() -> None:
    risk = {"path": "/etc/x", "package": "x", "why": "changed on this host"}
    first = plan(TOOL, SSL, conffiles=[risk], services=["a.service", "b.service"], disk=-2048)
    second = plan(SSL, TOOL, reboot=True, reboot_packages=["linux-image-6.1"], disk=-2048)
    assert shown({"h1": [first], "h2": [second]}) == [
        "PLAN  h1,h2",
        "  UPGRADE  2",
        "    openssl  3.0.1 → 3.0.2  security",
        "    tool  1 → 2  third party: Acme:stable",
        "  size: 12.3 kB to fetch, 2.0 kB less on disk",
        "  at risk: /etc/x (x): changed on this host  h1",
        "  restart: a.service, b.service  h1",
        "  reboot: no  h1",
        "  reboot: not by this task, but needed for linux-image-6.1  h2",
        "",
        "TOTAL  2 of 2 hosts would change: 4 to upgrade, 2 for security, 2 from third parties, 1 to reboot",
    ]


def test_other_plans_have_other_blocks_and_idle_hosts_a_line() -> None:
    removal = plan(install=[update("new", None, "1")], remove=[update("old", "1", None)], held=["kept"])
    lines = shown({"h1": [plan(SSL)], "h2": [removal], "h3": [plan()], "h4": [plan(phased=["later"])]})
    at = lines.index("PLAN  h2")
    assert lines[at + 1 : at + 6] == [
        "  INSTALL  1",
        "    new  new 1",
        "  REMOVE  1",
        "    old  removed 1",
        "  held: kept",
    ]
    at = lines.index("PLAN  h4")
    assert lines[at + 1 : at + 3] == ["  phased, not this host's turn: later", "  reboot: no"]
    assert "NOTHING TO DO  h3" in lines
    assert (
        lines[-1]
        == "TOTAL  2 of 4 hosts would change: 1 to upgrade, 1 to install, 1 to remove, 1 for security"
    )


def test_tasks_are_named_where_there_are_several() -> None:
    lines = shown({"h1": [plan(SSL, name="security"), plan(TOOL, name="rest")]})
    assert [one for one in lines if one.startswith("PLAN")] == ["PLAN  h1  security", "PLAN  h1  rest"]


def test_what_is_not_known_and_what_others_do_is_told() -> None:
    lines = shown(
        {"h1": [plan()]}, {"h1": ["web: nginx new 1.22"]}, {"h2": "the lists cannot be fetched", "h3": "gone"}
    )
    assert "  h1  web: nginx new 1.22" in lines
    assert lines[lines.index("NOT KNOWN") + 1] == "  h2  the lists cannot be fetched"
    assert lines[-1] == "TOTAL  0 of 3 hosts would change"


def test_long_lists_are_cut_unless_all_is_wanted() -> None:
    long = plan(*(update(f"p{n:02}", "1", "2") for n in range(50)))
    assert "    … 10 more: -v lists them" in shown({"h1": [long]})
    assert "    p49  1 → 2" in shown({"h1": [long]}, everything=True)


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (162_451_316, "162 MB"), (5 * 10**15, "5000 TB")],
)
def test_sizes_are_short(size: int, text: str) -> None:
    assert size_text(size) == text


@pytest.mark.parametrize(
    ("more", "text"),
    [
        ({}, "no"),
        ({"reboot_required": True}, "not by this task, but due already"),
        ({"reboot_required": True, "reboot_policy": "never"}, "not by this task, but due already"),
        ({"reboot_required": True, "reboot_policy": "if_required"}, "yes, due already"),
        ({"reboot_policy": "if_required"}, "no"),
        ({"reboot_policy": "always"}, "yes, always"),
        (
            {"reboot": True, "reboot_packages": ["dbus"], "reboot_policy": "if_required"},
            "yes, needed for dbus",
        ),
    ],
)
def test_whether_a_host_would_be_rebooted_is_told(more: dict[str, Any], text: str) -> None:
    assert f"  reboot: {text}" in shown({"h1": [plan(SSL, **more)]})
