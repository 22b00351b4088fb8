"""The patch state of a fleet on one screen."""

from __future__ import annotations

from typing import Any

from opsflow.report.lines import render
from opsflow.report.patches import patch_lines

NOW = 1_795_280_000.0
DAY = 86400


def update(name: str, old: str | None, new: str | None, *, security: bool = False) -> dict[str, Any]:
    given = {"name": name, "old": old, "new": new, "origin": "Debian:12", "security": security, "size": 1}
    return {**given, "third_party": False}


def state(*upgrades: dict[str, Any], **more: Any) -> dict[str, Any]:
    plan = {"upgrade": list(upgrades), "install": [], "remove": [], "kept_back": [], "phased": []}
    return {
        "system": {"id": "debian", "release": "12", "end_of_life": "2028-06-30"},
        "plan": {**plan, **more.pop("plan", {})},
        "reboot_required": False,
        "reboot_packages": [],
        "restart_needed": [],
        "holds": [],
        "unfinished": [],
        "unattended": False,
        "last_upgrade": {"time": NOW - 3 * DAY, "packages": 2, "command": ""},
        **more,
    }


def shown(states: dict[str, Any], failures: dict[str, str] | None = None, **more: Any) -> list[str]:
    return [render(one, color=False) for one in patch_lines(states, failures or {}, now=NOW, **more)]


def test_hosts_in_the_same_state_share_a_line() -> None:
    lines = shown({f"web{n}": state() for n in range(1, 5)})
    assert lines == [
        "HOSTS                RELEASE    UPGRADES  SECURITY  STAY  REBOOT  LAST UPGRADE",
        "web[1:4]  (4 hosts)  Debian 12  -         -         -     -       3 days ago",
        "",
        "FLEET  4 of 4 up to date",
    ]


def test_packages_are_told_once_security_first() -> None:
    ssl = update("openssl", "3.0.1", "3.0.2", security=True)
    curl = update("curl", "7", "8")
    kernel = {"install": [update("linux-image-6", None, "6.1")]}
    tool = {**update("tool", "1", "2"), "third_party": True, "origin": "Acme:stable"}
    lines = shown({"a": state(curl, ssl), "b": state(ssl, tool, plan=kernel), "c": state()})
    first = lines.index("PACKAGES")
    assert lines[first + 1 : first + 5] == [
        "  openssl  3.0.1 → 3.0.2  security  a,b",
        "  curl  7 → 8  Debian:12  a",
        "  linux-image-6  new 6.1    b",
        "  tool  1 → 2  third party: Acme:stable  b",
    ]
    assert lines[-1] == "FLEET  2 of 3 hosts can be upgraded, 2 have security updates"


def test_what_waits_for_a_person_is_named() -> None:
    lines = shown(
        {
            "a": state(
                reboot_required=True, reboot_packages=["linux-image-6.1"], restart_needed=["ssh.service"]
            ),
            "b": state(
                holds=["docker-ce"], unfinished=["nginx"], plan={"kept_back": ["gcc"], "phased": ["snapd"]}
            ),
            "c": state(system={"id": "ubuntu", "release": "20.04", "end_of_life": "2025-05-29"}),
        },
        {"d": "d (10.0.0.4 port 22) refused the connection", "e": "no route", "f": "no route"},
    )
    text = "\n".join(lines)
    for title, row in (
        ("REBOOT REQUIRED", "  a  linux-image-6.1"),
        ("OLD CODE IN MEMORY", "  a  ssh.service"),
        ("KEPT BACK", "  b  gcc"),
        ("HELD", "  b  docker-ce"),
        ("PHASED, NOT THIS HOST'S TURN", "  b  snapd"),
        ("HALF DONE, TO BE REPAIRED", "  b  nginx"),
        ("END OF SUPPORT", "  c  Ubuntu 20.04: 2025-05-29"),
    ):
        assert f"{title}\n{row}" in text
    assert lines[-5:-1] == [
        "NOT KNOWN",
        "  d (10.0.0.4 port 22) refused the connection",
        "  e,f  no route",
        "",
    ]
    assert "broken" in lines[2]


def test_a_long_list_of_packages_is_cut_unless_all_are_wanted() -> None:
    many = {"a": state(*(update(f"p{n:02}", "1", "2") for n in range(50)))}
    assert "  … 10 more: -v lists them" in shown(many)
    assert "  p49  1 → 2  Debian:12" in shown(many, everything=True)


def test_hosts_that_upgrade_themselves_are_named() -> None:
    lines = shown({"a": state(), "b": state(unattended=True)})
    assert lines[lines.index("UPGRADE THEMSELVES") + 1] == "  b  unattended-upgrades"
