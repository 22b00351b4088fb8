"""What is kept for undoing an upgrade: old versions, configuration files, dpkg's own notes, records."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest

from opsflow.target import (
    apt_locks,
    conffiles,
    conffiles_saved,
    dpkg_shipped,
    dpkg_status,
    rollback,
    secured,
    upgrade_record,
)
from opsflow.target.dpkg_status import Status
from opsflow.target.request import Request

SUM = "0" * 32


def stanza(conffiles: str = "", name: str = "app") -> str:
    own = "Conffiles:\n" + conffiles if conffiles else ""
    head = f"Package: {name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1.0\n"
    return f"{head}{own}Description: an app\n"


class Files:
    """Files of a package below a folder of the test, and a tree that keeps them."""

    def __init__(self, base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.root, self.kept, admin = base / "root", base / "kept", base / "dpkg"
        self.listed: list[str] = []
        (admin / "info").mkdir(parents=True)
        monkeypatch.setattr(dpkg_status, "ADMIN", str(admin))
        monkeypatch.setattr(secured, "ARCHIVES", str(base / "none"))
        self.info = admin / "info"

    def add(self, name: str, mode: int = 0o644, text: str = "old") -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(mode)
        self.listed.append(str(path))
        return path

    def keep(self, request: Request, conffiles: str = "") -> Path:
        (self.info / "app.list").write_text("".join(path + "\n" for path in self.listed))
        status = Status(stanza(conffiles).encode(), "amd64")
        assert secured.keep(request, str(self.kept), status, ["app"]) == {"app": "files"}
        return self.kept / "trees/app"


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Files:
    return Files(tmp_path, monkeypatch)


@pytest.fixture
def request_() -> Request:
    return Mock(spec=Request)


def under(tree: Path, path: Path) -> Path:
    return Path(str(tree) + str(path))


def test_a_program_with_rights_keeps_them_when_dpkg_takes_them_from_its_old_name(
    files: Files, request_: Request
) -> None:
    sudo, plain = files.add("usr/bin/sudo", 0o4755), files.add("usr/bin/plain", 0o755)
    tree = files.keep(request_)
    sudo.chmod(0o600)  # what dpkg does before it removes such a file
    assert stat.S_IMODE(under(tree, sudo).stat().st_mode) == 0o4755
    assert under(tree, plain).samefile(plain)


def test_folders_that_a_package_does_not_name_are_there(files: Files, request_: Request) -> None:
    deep = files.add("opt/vendor/bin/tool")
    deep.parent.chmod(0o750)
    kept = under(files.keep(request_), deep)
    assert kept.read_text() == "old"
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o750


def test_a_conffile_that_is_a_link_is_kept_as_what_it_names(files: Files, request_: Request) -> None:
    real = files.root / "srv/app.conf"
    link = files.add("etc/app.conf")
    real.parent.mkdir()
    link.rename(real)
    link.symlink_to(real)
    tree = files.keep(request_, f" {link} {SUM}\n")
    assert not under(tree, link).is_symlink()
    assert under(tree, link).read_text() == "old"
    assert (tree / "DEBIAN/conffiles").read_text() == f"{link}\n"


def test_an_obsolete_conffile_is_not_the_packages(files: Files, request_: Request) -> None:
    left = files.add("etc/left.conf")
    tree = files.keep(request_, f" {left} {SUM} obsolete\n")
    assert not under(tree, left).exists()


def saved(folder: Path, text: str) -> list[dict[str, Any]]:
    status = Status(stanza(text).encode(), "amd64")
    return conffiles_saved.save(str(folder), status, ["app"])


def test_obsolete_conffiles_are_saved_unless_they_are_anothers_now(tmp_path: Path) -> None:
    path = tmp_path / "etc.conf"
    path.write_text("ours")
    entry = f" {path} {SUM} obsolete\n"
    (one,) = saved(tmp_path / "kept", entry)
    aside = path.rename(f"{path}.dpkg-bak")  # as dpkg-maintscript-helper does
    assert conffiles_saved.restore(str(tmp_path / "kept"), [one]) == [str(path)]
    assert path.read_text() == "ours"
    assert not aside.exists()
    both = stanza(entry) + "\n" + stanza(f" {path} {SUM}\n", "other")
    assert conffiles_saved.save(str(tmp_path / "kept"), Status(both.encode(), "amd64"), ["app"]) == []


def test_what_a_conffile_held_meanwhile_is_kept(tmp_path: Path) -> None:
    path, kept = tmp_path / "etc.conf", tmp_path / "kept"
    path.write_text("before")
    found = saved(kept, f" {path} {SUM}\n")
    path.write_text("edited since")
    conffiles_saved.restore(str(kept), found)
    assert path.read_text() == "before"
    assert Path(f"{kept}{conffiles_saved.REPLACED}{path}").read_text() == "edited since"


def test_a_conffile_that_comes_back_is_told(tmp_path: Path) -> None:
    path, kept = tmp_path / "etc.conf", tmp_path / "kept"
    found = saved(kept, f" {path} {SUM}\n")
    path.write_text("new\n")
    (told,) = conffiles_saved.decisions(str(kept), found)
    assert told["decision"] == "replaced"


def test_what_lies_in_a_private_folder_is_not_shown(tmp_path: Path) -> None:
    path, kept = tmp_path / "private/etc.conf", tmp_path / "kept"
    path.parent.mkdir(mode=0o700)
    path.write_text("secret\n")
    found = saved(kept, f" {path} {SUM}\n")
    path.write_text("new\n")
    (told,) = conffiles_saved.decisions(str(kept), found)
    assert (told["decision"], told["diff"]) == ("replaced", "")


@pytest.mark.parametrize("now", ["", f" /etc/b {SUM}\n"])
def test_dpkgs_notes_come_back_whatever_stands_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request_: Request, now: str
) -> None:
    monkeypatch.setattr(dpkg_status, "ADMIN", str(tmp_path))
    monkeypatch.setattr(dpkg_status.read, "__defaults__", (str(tmp_path),))
    monkeypatch.setattr(apt_locks, "wait", Mock())
    (tmp_path / "status").write_text(stanza(now) + "\n" + stanza("", "other"))
    earlier = stanza(f" /etc/a {SUM}\n").encode()
    mask = os.umask(0o077)
    try:
        dpkg_shipped.remember(request_, {"app": earlier}, 1.0)
    finally:
        os.umask(mask)
    status = dpkg_status.read(str(tmp_path))
    assert status.stanza("app").strip() == earlier.strip()
    assert conffiles.listed(status.stanza("other")) == []
    assert stat.S_IMODE((tmp_path / "status").stat().st_mode) == 0o644


@pytest.mark.parametrize(
    ("now", "goes_on"),
    [
        ({"app": "1", "lib": "1"}, True),
        ({"app": "2", "lib": "1", "new": "1"}, True),
        ({"app": "3", "lib": "1"}, False),
        ({"app": "2", "lib": "2"}, False),
        ({"app": "2", "lib": "1", "other": "1"}, False),
    ],
)
def test_an_interrupted_upgrade_goes_on_unless_others_changed_packages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, now: dict[str, str], goes_on: bool
) -> None:
    monkeypatch.setattr(upgrade_record, "PLACE", str(tmp_path))
    (tmp_path / "stray").write_text("no record")
    first = upgrade_record.begin("one", {"versions": {"app": "1", "lib": "1"}})
    first.save(expected={"app": "2", "new": "1"})
    second = upgrade_record.begin("two", {"versions": now})
    assert (second.name == first.name) is goes_on
    left = upgrade_record.find(first.name)
    assert left is not None
    assert (left.state == upgrade_record.CHANGING) is goes_on


def test_a_rollback_that_was_broken_off_is_ended_before_the_next_upgrade(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request_: Request
) -> None:
    monkeypatch.setattr(dpkg_status.read, "__defaults__", (str(tmp_path),))
    monkeypatch.setattr(upgrade_record, "PLACE", str(tmp_path / "records"))
    told = Mock()
    monkeypatch.setattr(dpkg_shipped, "remember", told)
    (tmp_path / "status").write_text(stanza() + "\n" + stanza(name="newer"))
    before = {"versions": {"app": "1.0", "newer": "0.9"}}
    record = upgrade_record.create("one", before, upgrade_record.ROLLING_BACK)
    record.save(secured=dict.fromkeys(before["versions"], "files"), stanzas={"app": "", "newer": ""})
    rollback.remember_interrupted(request_, 1.0)
    record.end(upgrade_record.ROLLED_BACK)
    rollback.remember_interrupted(request_, 1.0)
    told.assert_called_once_with(request_, {"app": b""}, 1.0)


def test_only_what_was_not_there_and_has_no_script_is_purged(
    files: Files, monkeypatch: pytest.MonkeyPatch, request_: Request
) -> None:
    names = ["plain", "scripted", "left"]
    text = "\n".join(stanza(name=name).replace("ok installed", "ok config-files") for name in names)
    (files.info.parent / "status").write_text(text)
    (files.info / "scripted.postrm").write_text("")
    monkeypatch.setattr(dpkg_status.read, "__defaults__", (str(files.info.parent),))
    for name in ("_change", "remember", "_marks"):
        monkeypatch.setattr(rollback, name, Mock())
    monkeypatch.setattr(rollback, "_wanted", Mock(return_value=([], names, [])))
    record = Mock(conffiles="", data={"before": {"residual": ["left"]}, "conffiles": []})
    transaction = Mock()
    transaction.result.return_value = {}
    monkeypatch.setattr(rollback, "Transaction", Mock(return_value=transaction))
    rollback.undo(request_, record, 1.0, True)
    transaction.dpkg.assert_called_once_with(["--purge", "plain"])


def test_old_versions_go_when_they_are_installed_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upgrade_record, "PLACE", str(tmp_path))
    record = upgrade_record.begin("one", {"versions": {}})
    parts = [Path(record.folder) / part for part in ("trees", "conffiles")]
    for part in parts:
        part.mkdir()
    record.end(upgrade_record.BROKEN)
    assert [part.exists() for part in parts] == [True, True]
    record.end(upgrade_record.ROLLED_BACK)
    assert [part.exists() for part in parts] == [False, True]
