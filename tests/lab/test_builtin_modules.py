"""Modules of ansible.builtin that change what only a whole host has, on real Debian hosts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from opsflow.core.errors import TaskError
from opsflow.lab import Host, Lab
from tests.support.local import Run
from tests.support.remote import running_on

pytestmark = pytest.mark.dirties

SCRIPT = """#!/bin/sh
### BEGIN INIT INFO
# Provides: opsflow-test
# Required-Start:
# Required-Stop:
# Default-Start: 2 3 4 5
# Default-Stop: 0 1 6
# Short-Description: a service of the tests
### END INIT INFO
. /lib/lsb/init-functions  # hands over to systemd, as Debian's scripts do
echo "$1" >> /run/opsflow-test.log
case "$1" in
  start) touch /run/opsflow-test;;
  stop) rm -f /run/opsflow-test;;
  status) [ -e /run/opsflow-test ] || exit 3;;
esac
"""


@pytest.fixture
async def on(lab: Lab, host: Host) -> AsyncIterator[Run]:
    """Run modules on a Debian host, as root."""
    async with running_on(lab.inventory, host.name) as run:
        yield run


async def shell(run: Run, command: str) -> str:
    result = await run.task.call("command.run", {"cmd": command, "shell": True}, check=False)
    assert result["rc"] == 0, result
    return str(result["stdout"]).strip()


async def thrice(run: Run, module: str, /, **options: Any) -> dict[str, Any]:
    """Run a module in check mode, then twice; it changes something once. Return what it told then."""
    assert (await run(module, **options, check=True))["changed"] is True
    told = await run(module, **options)
    assert told["changed"] is True
    assert (await run(module, **options))["changed"] is False
    assert (await run(module, **options, check=True))["changed"] is False
    return told


async def test_a_repository_is_added_and_one_that_is_none_is_taken_back(on: Run) -> None:
    source = (await shell(on, "grep -rh '^deb ' /etc/apt/sources.list.d | head -1")).split()
    await shell(on, "rm /etc/apt/sources.list.d/*; apt-get update")
    line = " ".join(source)
    told = await thrice(on, "apt_repository", repo=line, filename="own")
    assert told["sources_added"] == ["/etc/apt/sources.list.d/own.list"]
    assert "opsflow-demo-app" in await shell(on, "apt-cache search opsflow-demo-app")
    bad = f"{' '.join(source[:-2])} nonesuch main"
    with pytest.raises(TaskError, match="Failed to update apt cache"):
        await on("apt_repository", repo=bad, filename="own")
    assert await shell(on, "cat /etc/apt/sources.list.d/own.list") == line
    await thrice(on, "apt_repository", repo=line, state="absent")
    assert await shell(on, "ls /etc/apt/sources.list.d") == ""


async def test_a_source_in_the_newer_form(on: Run) -> None:
    key = await shell(on, "cat /etc/apt/keyrings/opsflow-lab.asc")
    source = (await shell(on, "grep -rh '^deb ' /etc/apt/sources.list.d | head -1")).split("] ")[-1].split()
    await shell(on, "rm /etc/apt/sources.list.d/*")
    fields: dict[str, Any] = {"name": "The Lab", "uris": source[0], "suites": source[1], "components": "main"}
    await thrice(on, "deb822_repository", **fields, signed_by=key)
    assert (await on("apt", update_cache=True))["changed"] is True
    assert "opsflow-demo-app" in await shell(on, "apt-cache search opsflow-demo-app")
    await shell(on, f"cat > /root/key.asc <<'X'\n{key}\nX")
    told = await thrice(on, "deb822_repository", **fields, signed_by="file:///root/key.asc")
    assert told["key_filename"] == "/etc/apt/keyrings/the-lab.asc"
    await thrice(on, "deb822_repository", name="The Lab", state="absent")
    assert await shell(on, "ls /etc/apt/sources.list.d; ls /etc/apt/keyrings") == "opsflow-lab.asc"


async def test_answers_for_debconf(on: Run) -> None:
    ask: dict[str, Any] = {"name": "debconf", "question": "debconf/frontend", "vtype": "select"}
    told = await thrice(on, "debconf", **ask, value="Noninteractive")
    assert told["current"] == {"debconf/frontend": "Noninteractive"}
    assert (await on("debconf", name="debconf"))["current"]["debconf/frontend"] == "Noninteractive"
    secret: dict[str, Any] = {"name": "opsflow-test", "question": "test/password", "vtype": "password"}
    told = await thrice(on, "debconf", **secret, value="s3cret")
    assert "s3cret" not in str(told)
    flag: dict[str, Any] = {"name": "opsflow-test", "question": "test/flag", "vtype": "boolean"}
    told = await thrice(on, "debconf", **flag, value=True)
    assert told["previous"] == {"test/flag": "", "test/password": "(password omitted)"}
    choice: dict[str, Any] = {"name": "opsflow-test", "question": "test/choice", "vtype": "multiselect"}
    await thrice(on, "debconf", **choice, value=["b", "a"])
    assert (await on("debconf", **choice, value=["a", "b"]))["changed"] is False


async def test_a_package_is_held(on: Run) -> None:
    told = await thrice(on, "dpkg_selections", name="opsflow-demo-lib", selection="hold")
    assert (told["before"], told["after"]) == ("install", "hold")
    assert await shell(on, "apt-mark showhold") == "opsflow-demo-lib"
    await thrice(on, "dpkg_selections", name="opsflow-demo-lib", selection="install")
    with pytest.raises(TaskError, match="Failed to find package 'nonesuch'"):
        await on("dpkg_selections", name="nonesuch", selection="hold")


async def test_an_init_script(on: Run) -> None:
    await shell(on, f"cat > /etc/init.d/opsflow-test <<'X'\n{SCRIPT}X\nchmod +x /etc/init.d/opsflow-test")
    await thrice(on, "sysvinit", name="opsflow-test", enabled=True)
    assert "S01opsflow-test" in await shell(on, "ls /etc/rc2.d")
    assert (await thrice(on, "sysvinit", name="opsflow-test", enabled=False))["status"]["enabled"]["rc"] == 0
    await thrice(on, "sysvinit", name="opsflow-test", enabled=True)
    log = "cat /run/opsflow-test.log; rm /run/opsflow-test.log"
    told = await thrice(on, "sysvinit", name="opsflow-test", state="started", pattern=None)
    assert told["status"]["started"]["rc"] == 0
    await shell(on, "rm -f /run/opsflow-test.log")
    again = await on("sysvinit", name="opsflow-test", state="restarted", sleep=0)
    assert again["changed"] is True
    assert [line for line in (await shell(on, log)).split() if line != "status"] == ["stop", "start"]
    await thrice(on, "sysvinit", name="opsflow-test", state="stopped")
    with pytest.raises(TaskError, match="Could not find the requested service nonesuch"):
        await on("sysvinit", name="nonesuch", state="started")
    with pytest.raises(TaskError, match="install the package gpg"):
        await on("apt_key", data="x")
    with pytest.raises(TaskError, match="install the package subversion"):
        await on("subversion", repo="file:///x", dest="/root/x")
