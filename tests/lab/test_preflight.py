"""preflight on real hosts: disks, packages, locks, clocks and sources that are not as they should be."""

from __future__ import annotations

import time
from typing import Any

import pytest

from opsflow.core.errors import TaskError
from opsflow.lab import Host, Lab
from opsflow.lab.repo import Repository
from opsflow.modules.base.preflight import PreflightArgs
from tests.support.local import Run
from tests.support.remote import running_on

pytestmark = pytest.mark.dirties

LIB = "opsflow-demo-lib"
LOCK = """import fcntl, time
file = open('/var/lib/dpkg/lock-frontend', 'w')
fcntl.lockf(file, fcntl.LOCK_EX)
time.sleep(600)
"""
EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


async def shell(run: Run, command: str) -> str:
    result = await run.task.call("command.run", {"cmd": command, "shell": True})
    assert result["rc"] == 0, result["stderr"]
    return str(result["stdout"]).strip()


async def one(run: Run, check: str, **options: Any) -> dict[str, Any]:
    """Return what a single check says, and its message as the result's."""
    off = {name: "off" for name in PreflightArgs.model_fields if name in CHECKS - {check}}
    result = await run("preflight", **off, **options)
    (found,) = [each for each in result["checks"] if each["check"] == check]
    stopped = not found["ok"] and found["level"] == "stop"
    assert result.get("failed", False) is stopped
    assert result["ready"] is not stopped
    assert result["changed"] is False
    return found


CHECKS = {"disk", "dpkg", "locks", "clock", "sources", "window", "load", "memory", "power", "units"}


async def test_a_host_that_is_fit(lab: Lab, host: Host, repo: Repository) -> None:
    repo.publish(LIB, "1.1")
    async with running_on(lab.inventory, host.name) as run:
        before = await shell(run, "find /var/lib/apt /var/lib/dpkg -type f -newermt '1 minute ago' | sort")
        result = await run("preflight", load="warn", max_load=1000)
        assert (result["ready"], result["warnings"]) == (True, [])
        assert {found["check"] for found in result["checks"]} == CHECKS
        assert all(found["ok"] for found in result["checks"])
        after = await shell(run, "find /var/lib/apt /var/lib/dpkg -type f -newermt '1 minute ago' | sort")
        assert (before, await shell(run, "ls -d /var/tmp/opsflow* || true")) == (after, "")


async def test_a_full_disk_and_one_that_is_read_only(lab: Lab, host: Host, repo: Repository) -> None:
    repo.publish(LIB, "1.1")
    async with running_on(lab.inventory, host.name) as run:
        await shell(run, "mount -t tmpfs -o size=64k tmpfs /var/cache/apt/archives")
        assert (await one(run, "disk"))["ok"]
        await shell(run, "head -c 60000 /dev/zero >/var/cache/apt/archives/junk")
        full = await one(run, "disk")
        assert not full["ok"]
        assert "/var/cache/apt/archives has " in full["message"]
        await shell(run, "mount -o remount,size=1m,nr_inodes=3 /var/cache/apt/archives && mkdir -p /boot")
        await shell(run, "mount -t tmpfs -o size=8m,ro tmpfs /boot")
        read_only = await one(run, "disk", disk="warn")
        assert (read_only["level"], read_only["message"]) == ("warn", "/boot is mounted read-only")


async def test_packages_that_are_half_done(lab: Lab, host: Host, repo: Repository) -> None:
    repo.publish(LIB, "1.1", postinst_fails=True)
    async with running_on(lab.inventory, host.name) as run:
        assert (await one(run, "dpkg"))["ok"]
        await shell(run, "apt-get -qq update; apt-get -qqy upgrade >/dev/null 2>&1 || true")
        assert (await one(run, "dpkg", dpkg="stop"))["message"] == f"packages are half done: {LIB}"
        await shell(
            run, f"dpkg --force-all --purge {LIB} >/dev/null 2>&1; rm /var/lib/dpkg/info/dpkg.md5sums"
        )
        audited = await one(run, "dpkg")
        assert audited["ok"] or audited["message"].startswith("dpkg --audit complains: ")


async def test_who_is_at_work_is_named(lab: Lab, host: Host) -> None:
    async with running_on(lab.inventory, host.name) as run:
        assert (await one(run, "locks"))["ok"]
        await shell(run, f'systemd-run --quiet --unit=nightly --collect python3 -c "{LOCK}"; sleep 0.5')
        held = await one(run, "locks", locks="stop")
        assert "nightly.service), which holds /var/lib/dpkg/lock-frontend" in held["message"]
        await shell(run, "systemctl stop nightly; printf '#!/bin/sh\\nsleep 600; :' >/tmp/unattended-upgrade")
        await shell(run, "chmod +x /tmp/unattended-upgrade; systemd-run --quiet /tmp/unattended-upgrade")
        assert (await one(run, "locks"))["message"].startswith("unattended-upgrades is at work (pid ")


async def test_a_clock_that_is_wrong(lab: Lab, host: Host) -> None:
    """The container shares its clock with us: it is our time that is told wrong."""
    async with running_on(lab.inventory, host.name) as run:
        policy = {**PreflightArgs(clock="stop", sources="off").sent()}  # type: ignore[call-arg]
        sent = {"policy": policy, "control_time": time.time() + 7300}
        result = await run.task.call("preflight.run", sent)
        assert result["failed"]
        assert result["msg"].startswith("the clock is 2 h behind the control node's (here it is 20")
        await shell(run, "apt-get -qq update; sed -i 's/^Date: .*/Date: Fri, 01 Jan 2100 00:00:00 UTC/' "
                         "/var/lib/apt/lists/*_InRelease")  # fmt: skip
        assert "but the package list" in (await one(run, "clock"))["message"]


async def test_sources_that_are_unsigned_expired_or_gone_are_all_named(lab: Lab, host: Host) -> None:
    async with running_on(lab.inventory, host.name) as run:
        assert (await one(run, "sources"))["ok"]
        await shell(run, "mkdir -p /srv/unsigned /srv/old; cd /srv/old; : >Packages; : >../unsigned/Packages")
        release = (
            f"Date: Thu, 01 Jan 2026 00:00:00 UTC\\nValid-Until: {{}}\\nSHA256:\\n {EMPTY} 0 Packages\\n"
        )
        old = release.format("Fri, 02 Jan 2026 00:00:00 UTC")
        await shell(run, f"printf '{old}' >/srv/old/Release; printf '{old}' >/srv/unsigned/Release")
        sources = "[trusted=yes] file:/srv/old ./", "file:/srv/unsigned ./", "http://127.0.0.1:9/ x main"
        lines = "".join(f"deb {source}\\n" for source in sources)
        await shell(run, f"printf '{lines}' >/etc/apt/sources.list.d/bad.list")
        lists = await shell(run, "ls /var/lib/apt/lists")
        bad = await one(run, "sources")
        assert (bad["ok"], bad["level"]) == (False, "stop")
        assert "the index of the repository file:/srv/old/./Release is expired" in bad["message"]
        assert "the repository file:/srv/unsigned ./ Release is not signed" in bad["message"]
        assert (
            "cannot fetch http://127.0.0.1:9 x InRelease: Could not connect to 127.0.0.1:9" in bad["message"]
        )
        assert "this host's clock says 20" in bad["message"]
        assert await shell(run, "ls /var/lib/apt/lists") == lists


async def test_maintenance_windows_in_their_time_zone(lab: Lab, host: Host) -> None:
    async with running_on(lab.inventory, host.name) as run:
        hour = int(await shell(run, "TZ=UTC date +%H"))
        now = f"{hour:02}:00-{(hour + 2) % 24:02}:00"
        later = f"{(hour + 3) % 24:02}:00-{(hour + 4) % 24:02}:00"
        assert (await one(run, "window", maintenance_window=now))["ok"]
        closed = await one(run, "window", maintenance_window=[later])
        assert closed["message"].startswith(f"outside of the maintenance window {later}: it is ")
        assert closed["message"].endswith(f" {(hour + 3) % 24:02}:00")
        zoned = await one(run, "window", maintenance_window=now, timezone="Asia/Tokyo")
        assert not zoned["ok"]
        assert " Asia/Tokyo, it opens " in zoned["message"]


async def test_who_is_not_root_is_told_to_become_it(lab: Lab, host: Host) -> None:
    async with running_on(lab.inventory, host.name, become=None) as run:
        assert "; set 'become: yes'" in (await one(run, "locks"))["message"]
        assert (await one(run, "disk"))["ok"]
        assert (await one(run, "sources"))["ok"]


async def test_failed_units_are_the_baseline(lab: Lab, host: Host) -> None:
    async with running_on(lab.inventory, host.name) as run:
        assert (await one(run, "units"))["units"] == []
        await shell(run, "systemd-run --quiet --unit=broken sh -c 'exit 3'; sleep 0.3")
        found = await one(run, "units")
        assert (found["units"], found["message"]) == (
            ["broken.service"],
            "units have failed already: broken.service",
        )


async def test_an_upgrade_of_a_host_that_is_not_fit_changes_nothing(
    lab: Lab, host: Host, repo: Repository
) -> None:
    repo.publish(LIB, "1.1")
    async with running_on(lab.inventory, host.name) as run:
        await shell(run, "mount -t tmpfs -o size=64k tmpfs /var/cache/apt/archives")
        await shell(run, "head -c 60000 /dev/zero >/var/cache/apt/archives/junk")
        hour = int(await shell(run, "date +%H"))
        later = f"{(hour + 3) % 24:02}:00-{(hour + 4) % 24:02}:00"
        with pytest.raises(TaskError) as caught:
            await run("system_update", preflight={"maintenance_window": later})
        assert caught.value.message.startswith("not fit to be updated, so nothing was done: outside of the")
        with pytest.raises(TaskError) as caught:
            await run("system_update")
        assert "so nothing was changed: /var/cache/apt/archives has " in caught.value.message
        assert await shell(run, f"dpkg-query -Wf '${{Version}}' {LIB}") == "1.0"
        done = await run(
            "system_update", preflight={"maintenance_window": later, "window": "warn", "disk": False}
        )
        assert done["packages"] == [{"name": LIB, "old": "1.0", "new": "1.1"}]
