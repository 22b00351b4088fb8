"""preflight: whether a host is fit to be upgraded, each check judged by itself."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import ValidationError

from opsflow.modules.base.preflight import PreflightArgs
from opsflow.target import preflight, preflight_clock, preflight_disk, preflight_sources, windows
from opsflow.target.request import Fail
from tests.support.local import Run

MIB = 1024 * 1024
NOW = 1_780_000_000.0


@pytest.fixture
def up_to_date(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An apt-get that finds nothing to upgrade: to ask the real one of this machine takes seconds."""
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "apt-get").write_text("#!/bin/sh\n")
    (programs / "apt-get").chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")


@pytest.mark.usefixtures("up_to_date")
async def test_all_that_is_switched_on_is_looked_at_and_only_that(run: Run) -> None:
    levels = dict.fromkeys(("disk", "dpkg", "locks", "sources", "units", "window"), "off")
    result = await run("preflight", **levels, load="warn", max_load=10_000)
    assert [one["check"] for one in result["checks"] if one["check"] != "plan"] == [
        "clock", "load", "memory", "power",
    ]  # fmt: skip
    clock = result["checks"][0]
    assert (clock["ok"], clock["level"]) == (True, "warn")
    assert "s from the control node's" in clock["message"]
    assert result["changed"] is False


@pytest.mark.usefixtures("up_to_date")
async def test_a_stop_fails_and_a_warning_does_not(run: Run) -> None:
    off = dict.fromkeys(PreflightArgs.model_fields.keys() & {
        "disk", "dpkg", "locks", "clock", "sources", "window", "memory", "power", "units",
    }, "off")  # fmt: skip
    warned = await run("preflight", **off, load="warn", max_load=0)
    stopped = await run("preflight", **off, load="stop", max_load=0)
    assert (warned["ready"], "failed" in warned) == (True, False)
    assert (stopped["ready"], stopped["failed"]) == (False, True)
    assert "more than 0 for each" in stopped["msg"]
    assert any("more than 0 for each" in line for line in warned["warnings"])


def test_the_policy_has_sensible_defaults_and_takes_yaml_s_off() -> None:
    policy = PreflightArgs.model_validate({"units": False}).sent()
    assert (policy["disk"], policy["sources"], policy["dpkg"], policy["load"]) == (
        "stop",
        "stop",
        "warn",
        "off",
    )
    assert policy["units"] == "off"


@pytest.mark.parametrize(
    "options",
    [
        {"disk": "perhaps"},
        {"disc": "stop"},
        {"maintenance_window": "Mon-Fri"  " 25:00-26:00"},
        {"maintenance_window": ["Mon 22:00-04:00", "Someday"]},
        {"timezone": "Europe/Nowhere"},
        {"timezone": "../../etc/passwd"},
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        PreflightArgs.model_validate(options)


@pytest.mark.parametrize(
    ("text", "opened", "closed"),
    [
        ("Mon-Fri 22:00-04:00", ["Mon 22:00", "Sat 03:59"], ["Sat 04:00", "Sat 22:00", "Mon 03:00"]),
        ("Sat,Sun", ["Sat 00:00", "Sun 23:59"], ["Mon 00:00", "Fri 23:59"]),
        ("02:00-05:00", ["Wed 02:00", "Sun 04:59"], ["Wed 05:00", "Wed 01:59"]),
        ("Fri-Mon 12:00-13:00", ["Fri 12:00", "Sun 12:30", "Mon 12:59"], ["Tue 12:00", "Thu 12:00"]),
        ("Sunday 20:00-24:00", ["Sun 23:59"], ["Mon 00:00", "Sun 19:59"]),
        ("sun 23:00-01:00", ["Mon 00:30"], ["Sun 00:30"]),
    ],
)  # fmt: skip
def test_maintenance_windows(text: str, opened: list[str], closed: list[str]) -> None:
    window = windows.parse(text)
    assert [moment for moment in opened if not windows.is_open([window], *_moment(moment))] == []
    assert [moment for moment in closed if windows.is_open([window], *_moment(moment))] == []


def _moment(text: str) -> tuple[int, int]:
    day, time = text.split()
    hour, minute = time.split(":")
    return windows.DAYS.index(day), int(hour) * 60 + int(minute)


def test_the_next_opening_is_told() -> None:
    found = [windows.parse("Mon-Fri 22:00-04:00"), windows.parse("Sun 03:00-05:00")]
    assert windows.next_opening(found, *_moment("Sat 12:10")) == "Sun 03:00"
    assert windows.next_opening(found, *_moment("Sun 06:00")) == "Mon 22:00"
    assert windows.next_opening(found[:1], *_moment("Fri 23:00")) == "Mon 22:00"


@given(
    st.sets(st.integers(0, 6), min_size=1),
    st.integers(0, 1439),
    st.integers(0, 1439),
    st.integers(0, 7 * 1440 - 1),
)
def test_the_next_opening_is_open_and_nothing_before_it(
    days: set[int], start: int, end: int, now: int
) -> None:
    assume(start != end)
    names = ",".join(windows.DAYS[day] for day in days)
    window = windows.parse(f"{names} {start // 60}:{start % 60:02}-{end // 60}:{end % 60:02}")

    def is_open(moment: int) -> bool:
        return windows.is_open([window], moment // 1440 % 7, moment % 1440)

    assume(not is_open(now))
    day, minute = _moment(windows.next_opening([window], now // 1440, now % 1440))
    wait = (day * 1440 + minute - now) % (7 * 1440)
    assert is_open(now + wait)
    assert not any(is_open(now + step) for step in (*range(0, wait, 61), wait - 1))


@pytest.mark.parametrize(
    "text", ["", "22:00", "Mon 22:00-22:00", "Mon 24:00-01:00", "Mon 10:60-11:00", "Moon"]
)
def test_no_windows(text: str) -> None:
    with pytest.raises(ValueError, match=r"window|day|time"):
        windows.parse(text)


def test_a_clock_is_compared_with_the_control_node_and_the_lists(tmp_path: Path) -> None:
    def judged(ahead: float | None) -> tuple[bool, str]:
        return preflight_clock.judge(ahead, 60, NOW, str(tmp_path))

    assert judged(7200.5) == (
        False,
        "the clock is 2 h ahead of the control node's (here it is 2026-05-28 20:26:40 UTC)",
    )
    assert judged(-90)[1].startswith("the clock is 90 s behind the control node's")
    assert judged(0.2)[0]
    release = tmp_path / "repo_dists_stable_InRelease"
    release.write_text("Origin: x\nDate: Thu, 28 May 2026 22:00:00 UTC\n")
    assert judged(0.2) == (
        False,
        "the clock is behind: it is 2026-05-28 20:26:40 UTC here,"
        " but the package list repo_dists_stable_InRelease is of 2026-05-28 22:00:00 UTC",
    )


def plan_of(**more: Any) -> dict[str, Any]:
    return {"upgrade": [{"name": "a"}], "install": [], "remove": [], "download": 0, "as_of": 0, **more}


def test_room_is_asked_for_on_each_file_system(monkeypatch: pytest.MonkeyPatch) -> None:
    free = {"/": (300, 1), "/boot": (40, 2), "/usr": (300, 1), "/var": (5000, 3)}

    def file_system(path: str) -> tuple[int, os.statvfs_result]:
        left, device = free[path]
        return device, os.statvfs_result((MIB, MIB, 10 * left, left, left, 10**6, 10**5, 10**5, 0, 255))

    monkeypatch.setattr(preflight_disk, "PLACES", tuple(free))
    monkeypatch.setattr(preflight_disk, "file_system", file_system)
    monkeypatch.setattr(preflight_disk, "kernel_size", lambda: 120 * MIB)
    monkeypatch.setattr(os.path, "isdir", lambda path: path in free)
    assert preflight_disk.judge(plan_of(), 10) == (True, "free: / 300 MiB, /boot 40 MiB, /var 5000 MiB")
    assert preflight_disk.judge(plan_of(disk=150 * MIB), 200) == (
        False,
        "/ has 300 MiB free, the change needs 150 MiB and 200 MiB are to be left",
    )
    assert preflight_disk.judge(plan_of(disk=-5 * MIB, download=4900 * MIB), 200)[1].startswith("/var has")
    kernel = plan_of(install=[{"name": "linux-image-6.1.0-40-amd64"}])
    assert preflight_disk.judge(kernel, 10)[1].startswith("/boot has 40 MiB free, the change needs 120 MiB")


def test_inodes_and_read_only_file_systems_count(monkeypatch: pytest.MonkeyPatch) -> None:
    def judged(inodes: int, flags: int) -> tuple[bool, str]:
        answer = os.statvfs_result((4096, 4096, 10**7, 10**7, 10**7, 10**6, inodes, inodes, flags, 255))
        monkeypatch.setattr(preflight_disk, "file_system", lambda path: (1, answer))
        return preflight_disk.judge(plan_of(), 10)

    assert judged(10**5, 0)[0]
    assert "has 900 inodes free, the change may need" in judged(900, 0)[1]
    assert "is mounted read-only" in judged(10**5, os.ST_RDONLY)[1]


def test_each_source_that_complains_is_named() -> None:
    stderr = (
        "W: GPG error: http://a stable InRelease: The following signatures were invalid: EXPKEYSIG 00 x\n"
        "E: The repository 'http://a stable InRelease' is not signed.\n"
        "N: Updating from such a repository can't be done securely\n"
        "E: Release file for http://b/InRelease is expired (invalid since 3d 2h). Updates stop.\n"
    )
    told = preflight_sources.complaints(Fail("first", stderr=stderr))
    assert told[:3] == [
        "the signature of the repository http://a stable InRelease cannot be verified:"
        " The following signatures were invalid: EXPKEYSIG 00 x",
        "the repository http://a stable InRelease is not signed",
        "the index of the repository http://b/InRelease is expired (invalid since 3d 2h)",
    ]
    assert told[3].startswith("this host's clock says 20")
    assert preflight_sources.complaints(Fail("only root may")) == ["only root may"]


def test_what_apt_keeps_silent_about_at_the_end_is_named() -> None:
    stdout = (
        "Ign:1 http://c x InRelease\n"
        "Err:1 http://c x InRelease\n  Could not connect to c:80. - connect (111: Connection refused)\n"
        "Err:2 http://a stable InRelease\n  The following signatures were invalid\n"
    )
    stderr = "E: The repository 'http://a stable InRelease' is not signed.\n"
    assert preflight_sources.complaints(Fail("x", stdout=stdout, stderr=stderr)) == [
        "the repository http://a stable InRelease is not signed",
        "cannot fetch http://c x InRelease: Could not connect to c:80. - connect (111: Connection refused)",
    ]


def test_a_battery_is_seen(tmp_path: Path) -> None:
    assert preflight._power(str(tmp_path / "none"))[0]
    for name, online in (("AC", "0"), ("BAT0", None)):
        (tmp_path / name).mkdir()
        if online:
            (tmp_path / name / "online").write_text(online)
    assert preflight._power(str(tmp_path)) == (False, "the host runs on its battery")
    (tmp_path / "AC" / "online").write_text("1\n")
    assert preflight._power(str(tmp_path))[0]


def test_the_time_of_a_window_is_that_of_its_zone() -> None:
    assert preflight._local_time(NOW, 2 * 3600, "Europe/Berlin") == (3, 22 * 60 + 26, "Europe/Berlin")
    assert preflight._local_time(NOW, 4 * 3600, "Asia/Dubai")[:2] == (4, 26)
    sent = PreflightArgs.model_validate({"timezone": "Asia/Tokyo"}).sent()
    assert sent["utc_offset"] == 9 * 3600
    assert "utc_offset" not in PreflightArgs().sent()
