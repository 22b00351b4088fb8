"""user and group: from what is wanted and what is there to the commands that close the gap."""

from __future__ import annotations

import grp
import pwd
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest

from opsflow.modules.base.module import find_module
from opsflow.target import accounts, group, user
from opsflow.target.request import Completed, Fail

HASH = "$6$salt$hash"
TOKEN = "the-secret-part"


class FakeRequest:
    """Keeps the commands in place of running them."""

    def __init__(self, check: bool = False) -> None:
        self.check = check
        self.commands: list[list[str]] = []
        self.stdin: list[bytes] = []
        self.rc = 0

    def command(self, argv: list[str], stdin: bytes | None = None, **_: Any) -> Completed:
        self.commands.append(argv)
        self.stdin += [stdin] if stdin else []
        return Completed(argv, self.rc, "", "no luck" if self.rc else "", 0, 0)


Files = Callable[..., None]


@pytest.fixture(autouse=True)
def files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Files:
    """Say what the files hold: user u, of group u, in group web; the home exists."""

    def say(passwd: str | None = None, shadow: str = f"u:{HASH}:19000:0:99999:7:::") -> None:
        if passwd is None:
            passwd = f"u:x:1000:1000:Old:{tmp_path}:/bin/sh"
        rows = {
            "/etc/passwd": passwd,
            "/etc/shadow": shadow,
            "/etc/group": "u:x:1000:\nweb:x:50:u\nadm:x:51:\ndb:x:52:v",
        }

        def read(path: str, width: int) -> Any:
            return (line.split(":") for line in rows[path].splitlines())

        monkeypatch.setattr(accounts, "_rows", read)

    say()
    return say


def apply(request: FakeRequest | None = None, **wanted: Any) -> tuple[dict[str, Any], FakeRequest]:
    """Run the target half with the module's defaults; accounts come from the files."""
    request = request or FakeRequest()
    args = find_module("user").Args.model_validate({"name": "u", "local": True, **wanted})
    return user.run(cast("Any", request), **args.sent()), request


@pytest.mark.parametrize(
    ("wanted", "command"),
    [
        ({}, None),
        ({"comment": "Old", "shell": "/bin/sh", "uid": 1000, "group": "u"}, None),
        ({"comment": "New"}, ["usermod", "-c", "New", "u"]),
        ({"shell": "/bin/bash"}, ["usermod", "-s", "/bin/bash", "u"]),
        ({"uid": 7}, ["usermod", "-u", "7", "u"]),
        ({"uid": 7, "non_unique": True}, ["usermod", "-u", "7", "-o", "u"]),
        ({"group": "adm"}, ["usermod", "-g", "adm", "u"]),
        ({"group": "51"}, ["usermod", "-g", "adm", "u"]),
        ({"groups": "web"}, None),
        ({"groups": ["web", "u"]}, None),
        ({"groups": "adm"}, ["usermod", "-G", "adm", "u"]),
        ({"groups": "adm,web"}, ["usermod", "-G", "adm,web", "u"]),
        ({"groups": ""}, ["usermod", "-G", "", "u"]),
        ({"groups": "adm", "append": True}, ["usermod", "-a", "-G", "adm", "u"]),
        ({"groups": "web", "append": True}, None),
        ({"home": "/srv/u"}, ["usermod", "-d", "/srv/u", "u"]),
        ({"home": "/srv/u", "move_home": True}, ["usermod", "-d", "/srv/u", "-m", "u"]),
        ({"expires": 0}, ["usermod", "-e", "1970-01-01", "u"]),
        ({"expires": -1}, None),
        ({"password": HASH}, None),
        ({"password": "!" + HASH}, None),
        ({"password": "$6$new"}, ["chpasswd", "-e"]),
        ({"password": "$6$new", "update_password": "on_create"}, None),
        ({"password": ""}, ["passwd", "-d", "u"]),
        ({"password_lock": True}, ["usermod", "-L", "u"]),
        ({"password_lock": False}, None),
        ({"password_expire_max": 99999}, None),
        ({"password_expire_max": 30, "password_expire_warn": 3}, ["chage", "-M", "30", "-W", "3", "u"]),
        ({"state": "absent"}, ["userdel", "u"]),
        ({"state": "absent", "remove": True, "force": True}, ["userdel", "-f", "-r", "u"]),
    ],
)
def test_an_existing_user(wanted: dict[str, Any], command: list[str] | None) -> None:
    result, request = apply(**wanted)
    assert request.commands == ([command] if command else [])
    assert result["changed"] is bool(command)
    rehearsed, request = apply(FakeRequest(check=True), **wanted)
    assert request.commands == []
    assert rehearsed["changed"] is bool(command)


@pytest.mark.parametrize(
    ("wanted", "argv"),
    [
        ({}, ["-m"]),
        ({"system": True, "create_home": False}, ["-r", "-M"]),
        ({"uid": 7, "group": "web", "groups": "adm,db"}, ["-u", "7", "-g", "web", "-G", "adm,db", "-m"]),
        ({"name": "web"}, ["-N", "-m"]),
        ({"comment": "A B", "shell": "/bin/sh"}, ["-c", "A B", "-s", "/bin/sh", "-m"]),
        ({"expires": 86400 * 365, "skeleton": "/s"}, ["-e", "1971-01-01", "-m", "-k", "/s"]),
        ({"umask": "077", "uid_min": 5}, ["-m", "-K", "UMASK=077", "-K", "UID_MIN=5"]),
    ],
)
def test_a_new_user(wanted: dict[str, Any], argv: list[str]) -> None:
    wanted = {"name": "new", **wanted}
    result, request = apply(**wanted)
    assert request.commands == [["useradd", *argv, wanted["name"]]]
    assert result["changed"] is True
    assert apply(FakeRequest(check=True), **wanted)[0]["changed"] is True


def test_a_password_is_never_an_argument_nor_in_the_result() -> None:
    for name in ("u", "new"):
        result, request = apply(name=name, password=f"$6${TOKEN}")
        assert request.stdin == [f"{name}:$6${TOKEN}\n".encode()]
        assert TOKEN not in str(request.commands) + str(result)
        assert result["password"] == "NOT_LOGGING_PASSWORD"


@pytest.mark.parametrize("password", [f"{TOKEN}:", f"{TOKEN}\nroot:x"])
def test_what_is_no_hash_is_refused_before_anything_is_done(password: str) -> None:
    request = FakeRequest()
    with pytest.raises(Fail, match="is not a hash") as caught:
        apply(request, name="new", password=password)
    assert request.commands == []
    assert TOKEN not in str(caught.value)


def test_an_absent_user_stays_absent() -> None:
    result, request = apply(name="nobody-here", state="absent")
    assert (result["changed"], request.commands) == (False, [])


def test_a_group_that_does_not_exist_is_named() -> None:
    with pytest.raises(Fail, match="group nope does not exist"):
        apply(groups="nope")
    assert apply(FakeRequest(check=True), groups="nope")[0]["changed"] is True


def test_a_failing_tool_is_told_with_its_words() -> None:
    request = FakeRequest()
    request.rc = 4
    with pytest.raises(Fail, match="usermod of user u failed: no luck"):
        apply(request, comment="x")


def test_a_missing_home_is_made_of_the_skeleton(
    files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    owned: list[str] = []
    monkeypatch.setattr(user.os, "chown", lambda path, uid, gid, **_: owned.append(path))
    (tmp_path / "skel").mkdir()
    (tmp_path / "skel" / ".profile").write_text("x")
    home = tmp_path / "home"
    files(passwd=f"u:x:1000:1000:Old:{home}:/bin/sh")
    wanted = {"skeleton": str(tmp_path / "skel"), "umask": "027"}
    assert apply(FakeRequest(check=True), **wanted)[0]["changed"] is True
    assert not home.exists()
    assert apply(**wanted)[0]["changed"] is True
    assert (home / ".profile").read_text() == "x"
    assert home.stat().st_mode & 0o777 == 0o750
    assert set(owned) == {str(home), str(home / ".profile")}
    assert apply(**wanted)[0]["changed"] is False


def run_group(check: bool = False, **wanted: Any) -> tuple[dict[str, Any], list[list[str]]]:
    request = FakeRequest(check)
    args = find_module("group").Args.model_validate({"local": True, **wanted})
    return group.run(cast("Any", request), **args.sent()), request.commands


@pytest.mark.parametrize(
    ("wanted", "command"),
    [
        ({"name": "web"}, None),
        ({"name": "web", "gid": 50}, None),
        ({"name": "web", "gid": 60}, ["groupmod", "-g", "60", "web"]),
        ({"name": "new"}, ["groupadd", "new"]),
        ({"name": "new", "gid": 9, "system": True}, ["groupadd", "-g", "9", "-r", "new"]),
        ({"name": "new", "gid": 9, "non_unique": True}, ["groupadd", "-g", "9", "-o", "new"]),
        (
            {"name": "new", "gid_min": 5, "gid_max": 6},
            ["groupadd", "-K", "GID_MIN=5", "-K", "GID_MAX=6", "new"],
        ),
        ({"name": "50"}, ["groupadd", "50"]),
        ({"name": "web", "state": "absent"}, ["groupdel", "web"]),
        ({"name": "web", "state": "absent", "force": True}, ["groupdel", "-f", "web"]),
        ({"name": "new", "state": "absent"}, None),
    ],
)
def test_groups(wanted: dict[str, Any], command: list[str] | None) -> None:
    result, commands = run_group(**wanted)
    assert commands == ([command] if command else [])
    assert (result["changed"], result["name"]) == (bool(command), wanted["name"])
    rehearsed, commands = run_group(check=True, **wanted)
    assert (commands, rehearsed["changed"]) == ([], bool(command))


def test_accounts_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    assert accounts.find_user("root", local=True) == pwd.getpwnam("root")
    assert accounts.find_user("root") == pwd.getpwnam("root")
    assert accounts.find_user("no-such-user") is None
    assert accounts.find_group("0") == grp.getgrgid(0)
    assert accounts.find_group("root", local=True) == grp.getgrnam("root")
    assert accounts.find_group("no-such-group") is None
