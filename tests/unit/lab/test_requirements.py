"""What the lab says where it cannot be, and how it reads the machine: no root needed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from opsflow.lab import LabError, LabUnavailable, requirements
from opsflow.lab.mirror import Mirror, machine_mirror
from opsflow.lab.model import Plan
from opsflow.lab.network import Network
from opsflow.lab.record import Place, Record

SOURCES = """Types: deb
URIs: http://mirror.example/debian/
Suites: bookworm

Types: deb
URIs: http://mirror.example/debian-security
Suites: bookworm-security
"""


def test_missing_packages_are_named_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(requirements, "PATH", "/nowhere")
    reason = requirements.unavailable()
    assert reason is not None
    assert "apt-get install -y apt-utils debootstrap" in reason
    assert "systemd-container" in reason
    with pytest.raises(LabUnavailable, match="apt-get install"):
        requirements.require()


def test_a_lab_needs_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert "needs root" in (requirements.unavailable() or "")


def test_a_lab_needs_linux(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "darwin")
    assert "needs Linux" in (requirements.unavailable() or "")


def test_the_mirror_is_that_of_the_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPSFLOW_LAB_MIRROR", raising=False)
    (tmp_path / "sources.list.d").mkdir()
    assert machine_mirror(tmp_path).archive == "http://deb.debian.org/debian"
    (tmp_path / "sources.list").write_text("# deb http://old.example/debian x main\n")
    (tmp_path / "sources.list.d" / "debian.sources").write_text(SOURCES)
    expected = Mirror("http://mirror.example/debian", "http://mirror.example/debian-security")
    assert machine_mirror(tmp_path) == expected
    (tmp_path / "sources.list").write_text("deb [arch=amd64] https://first.example/debian bookworm main\n")
    assert machine_mirror(tmp_path).archive == "https://first.example/debian"
    monkeypatch.setenv("OPSFLOW_LAB_MIRROR", "http://chosen.example/debian/")
    assert machine_mirror(tmp_path).archive == "http://chosen.example/debian"


def test_a_plan_gives_releases_in_turn_and_ubuntu_last() -> None:
    hosts = list(Plan(4, ("bookworm", "trixie"), ubuntu=1).hosts(Network(7)))
    assert [host.name for host in hosts] == ["h1", "h2", "h3", "h4"]
    assert [host.release for host in hosts] == ["bookworm", "trixie", "bookworm", "trixie"]
    assert [host.codename for host in hosts] == ["bookworm", "trixie", "bookworm", "noble"]
    assert hosts[0].address == "10.77.7.11"


@pytest.mark.parametrize(("count", "ubuntu"), [(0, 0), (241, 0), (2, 3), (2, -1)])
def test_an_impossible_plan_is_refused(count: int, ubuntu: int) -> None:
    with pytest.raises(LabError):
        Plan(count, ("bookworm",), ubuntu).check()


@pytest.mark.parametrize("name", ["", "../x", "Lab", "a" * 32, "-x"])
def test_a_name_that_is_no_plain_word_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(LabError, match="cannot name a lab"):
        Place.of(name, tmp_path)


def test_a_record_survives_being_written(tmp_path: Path) -> None:
    hosts = list(Plan(2, ("bookworm",), ubuntu=1).hosts(Network(3)))
    record = Record(3, True, hosts, {"bookworm": "/base"})
    place = Place.of("one", tmp_path)
    record.write(place.directory)
    assert Record.read(place.directory) == record
    assert Place.of("two", tmp_path).reserved_numbers() == {3}
    assert place.reserved_numbers() == set()
    with pytest.raises(LabError, match="made with the mirror"):
        record.check_mirror("one", wanted=False)
