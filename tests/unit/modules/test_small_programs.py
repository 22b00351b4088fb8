"""Modules that drive one program each: bad input, and apt-repo, told by a program that stands for it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from opsflow.core.errors import TaskError
from opsflow.modules.base.module import find_module
from tests.support.local import Run

APT_REPO = """#!/bin/sh
cd {base}
echo "$@" >> calls
case "$1" in
  "") cat list;;
  add) case "$2" in bad) echo "no such repository" >&2; exit 1;; esac
       grep -qx "$2" list || echo "$2" >> list;;
  rm) if test "$2" = all; then : > list; else sed -i "/^$2$/d" list; fi;;
esac
"""


@pytest.fixture
def repos(run: Run, tmp_path: Path) -> Path:
    (tmp_path / "apt-repo").write_text(APT_REPO.format(base=tmp_path))
    (tmp_path / "apt-repo").chmod(0o755)
    (tmp_path / "list").write_text("old\n")
    run.task.env = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    return tmp_path


async def test_apt_repo_adds_and_removes(run: Run, repos: Path) -> None:
    assert await run("apt_repo", repo="new") == {"changed": True, "repo": "new", "state": "present"}
    assert (await run("apt_repo", repo="new"))["changed"] is False
    assert (await run("apt_repo", repo="old", state="absent", update=True))["changed"] is True
    assert (repos / "list").read_text() == "new\n"
    assert (repos / "calls").read_text().endswith("rm old\nupdate\n\n")
    assert (await run("apt_repo", repo="only", remove_others=True))["changed"] is True
    assert (await run("apt_repo", repo="only", remove_others=True))["changed"] is False
    assert (repos / "list").read_text() == "only\n"


async def test_apt_repo_keeps_the_others_when_a_repository_is_refused(run: Run, repos: Path) -> None:
    with pytest.raises(TaskError, match="no such repository"):
        await run("apt_repo", repo="bad", remove_others=True)
    assert (repos / "list").read_text() == "old\n"


async def test_apt_repo_is_not_for_debian(run: Run) -> None:
    with pytest.raises(TaskError, match="use apt_repository on Debian"):
        await run("apt_repo", repo="x")


async def test_what_is_no_package_of_python(run: Run) -> None:
    with pytest.raises(TaskError, match="this is no name of a Python package"):
        await run("pipx", name="%", executable="/bin/true")


@pytest.mark.parametrize(
    ("module", "options", "said"),
    [
        ("pipx", {}, "state install needs name"),
        ("pipx", {"state": "upgrade_all", "suffix": "_x"}, "suffix needs name"),
        ("pipx", {"name": "x", "state": "inject"}, "needs inject_packages"),
        ("pipx", {"state": "install_all"}, "needs spec_metadata"),
        ("composer", {}, "give working_dir, or global_command"),
        ("composer", {"command": "require x", "working_dir": "/x"}, "command is one word"),
        ("flatpak", {"name": "a.b", "from_url": "ftp://x"}, "must begin with http"),
        ("flatpak", {"name": "http://x", "from_url": "http://x"}, "not in both"),
        ("flatpak", {"name": ["a.b", "c.d"], "from_url": "http://x"}, "goes with one name"),
        ("xml", {"xpath": "/a"}, "give path or xmlstring"),
        ("xml", {"path": "/x"}, "give xpath, or pretty_print"),
        ("xml", {"path": "/x", "count": True}, "count needs xpath"),
        ("xml", {"path": "/x", "xpath": "/a", "value": "b", "count": True}, "do not go together"),
        ("xml", {"path": "/x", "xpath": "/a", "attribute": "b"}, "attribute needs value"),
        ("xml", {"path": "/x", "xpath": "/a", "insertbefore": True, "insertafter": True}, "not both"),
        ("xml", {"path": "/x", "xpath": "/a", "value": True}, "must be text"),
        ("firewalld", {"state": "enabled", "port": "1/tcp", "service": "x"}, "do not go together"),
        ("firewalld", {"state": "enabled"}, "say what to change, or give zone"),
        ("firewalld", {"state": "enabled", "interface": "x"}, "interface needs zone"),
        ("firewalld", {"state": "present", "service": "x"}, "present or absent for zones"),
        ("firewalld", {"state": "present", "zone": "x"}, "set permanent, and not immediate"),
        ("firewalld", {"state": "enabled", "service": "x", "offline": True}, "offline needs permanent"),
        ("firewalld", {"state": "enabled", "port": "80"}, "such as 8080/tcp"),
        ("firewalld", {"state": "enabled", "port_forward": []}, "give one port_forward"),
        ("nmcli", {"conn_name": "a", "state": "up", "routes4": [], "routes4_extended": []}, "not both"),
        (
            "nmcli",
            {"conn_name": "a", "state": "up", "gw4": "b", "never_default4": True},
            "do not go together",
        ),
        ("nmcli", {"conn_name": "a", "state": "present", "type": "wifi"}, "needs ssid"),
        ("nmcli", {"conn_name": "a", "state": "present", "type": "macvlan"}, "needs macvlan"),
        ("nmcli", {"conn_name": "a", "state": "up", "type": "team", "runner_fast_rate": True}, "runner lacp"),
        ("nmcli", {"conn_name": "a", "state": "up", "type": "bond-slave", "slave_type": "team"}, "do not go"),
        ("nmcli", {"conn_name": "a", "state": "up", "slave_type": "team"}, "slave_type needs master"),
        ("nmcli", {"conn_name": "a", "state": "up", "wifi": {"ssid": "b"}}, "beside wifi"),
        ("open_iscsi", {"node_user": "x"}, "go together"),
        ("open_iscsi", {"discover": True}, "discover needs portal"),
        ("open_iscsi", {"auto_portal_startup": True}, "need target"),
    ],
)
async def test_bad_input(run: Run, module: str, options: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        await run(module, **options)


def test_secrets_in_options_of_options_are_known() -> None:
    given = {"conn_name": "a", "state": "up", "wifi_sec": {"psk": "one"}, "gsm": {"pin": "two", "apn": "b"}}
    assert list(find_module("nmcli").Args.model_validate(given).secrets()) == ["one", "two"]
