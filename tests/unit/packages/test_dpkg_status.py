"""dpkg's database is read as dpkg would tell it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from opsflow.target.dpkg_status import Status, changes, read

from .recorded import DATA


@pytest.fixture
def admin(tmp_path: Path) -> Path:
    shutil.copy(DATA / "dpkg-status", tmp_path / "status")
    (tmp_path / "arch").write_text("amd64\ni386\n")
    (tmp_path / "updates").mkdir()
    return tmp_path


@pytest.fixture
def status(admin: Path) -> Status:
    return read(str(admin))


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("sudo", "1.9.13p3-1+deb12u4"),
        ("sudo:amd64", "1.9.13p3-1+deb12u4"),
        ("sudo:i386", None),
        ("opsflow-demo-lib", "1.2"),
        ("opsflow-demo-lib:amd64", "1.2"),
        ("libdemo", "2:1.1-1"),
        ("libdemo:i386", "2:1.0-1"),
        ("opsflow-demo-bad", None),
        ("gone", None),
        ("sud", None),
    ],
)
def test_finds_what_is_installed_and_configured(status: Status, name: str, version: str | None) -> None:
    assert status.installed_version(name) == version


def test_counts_what_is_there_though_not_configured(status: Status) -> None:
    versions = status.versions()
    assert versions["opsflow-demo-bad"] == "1.0"
    assert versions["libdemo"] == "2:1.1-1"
    assert versions["libdemo:i386"] == "2:1.0-1"
    assert "gone" not in versions


def test_knows_what_is_unfinished_and_what_is_held(status: Status) -> None:
    assert status.unfinished() == ["opsflow-demo-bad"]
    assert status.held() == {"opsflow-demo-held"}
    assert not status.journal


def test_knows_what_installed_packages_provide(status: Status) -> None:
    assert status.is_provided("awk")
    assert not status.is_provided("aw")
    assert not status.is_provided("sudo-ldap")


def test_an_interrupted_dpkg_left_newer_states_in_its_journal(admin: Path) -> None:
    stanza = "Package: sudo\nStatus: install ok unpacked\nArchitecture: amd64\nVersion: 9\n"
    (admin / "updates" / "0000").write_text(stanza.replace("unpacked", "half-installed"))
    (admin / "updates" / "0001").write_text(stanza)
    (admin / "updates" / "tmp.i").write_text("")
    status = read(str(admin))
    assert status.journal
    assert status.installed_version("sudo") is None
    assert status.versions()["sudo"] == "9"
    assert status.unfinished() == ["opsflow-demo-bad", "sudo"]


def test_changes_name_old_and_new() -> None:
    before = {"same": "1", "newer": "1", "removed": "1"}
    assert changes(before, {"same": "1", "newer": "2", "added": "3"}) == [
        {"name": "added", "old": None, "new": "3"},
        {"name": "newer", "old": "1", "new": "2"},
        {"name": "removed", "old": "1", "new": None},
    ]
