"""An upgrade to the next release: the lab's repository has one whose package says so in os-release."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Any

import pytest

from opsflow.core.errors import TaskError
from opsflow.lab import Host, Lab
from opsflow.lab.repo import Repository
from tests.support.cli import Opsflow, Playing
from tests.support.local import Run
from tests.support.remote import running_on

pytestmark = pytest.mark.dirties

APP, LIB = "opsflow-demo-app", "opsflow-demo-lib"
LIST = "/etc/apt/sources.list.d/opsflow-lab.list"
SOURCES = "/etc/apt/sources.list.d/lab.sources"
OTHER = "/etc/apt/sources.list.d/other.list"
IS_TRIXIE = "sed -i 's/bookworm/trixie/; s/^VERSION_ID=.*/VERSION_ID=\"13\"/' /usr/lib/os-release\n"
BOOT_ID = "cat /proc/sys/kernel/random/boot_id"
QUICK = "/var/tmp/quick"


def publish(repo: Repository, **app: Any) -> None:
    """Publish a next release, whose application may misbehave; the present one gets an update."""
    repo.publish("opsflow-demo-conf", "1.1", only="bookworm")
    repo.publish(LIB, "2.0", only="trixie", postinst=IS_TRIXIE)
    repo.publish(APP, "2.0", only="trixie", depends=f"{LIB}, opsflow-new", **app)
    repo.publish("opsflow-new", "1.0", only="trixie")


async def shell(run: Run, command: str) -> str:
    result = await run.task.call("command.run", {"cmd": command, "shell": True}, check=False)
    return str(result["stdout"]).strip()


async def record(run: Run) -> dict[str, Any]:
    """Return the newest record of the host."""
    text = await shell(run, "cd /var/lib/opsflow/transactions; cat $(ls | tail -1)/record.json")
    return json.loads(text)


async def test_the_whole_way_with_sources_of_both_formats(lab: Lab, host: Host, repo: Repository) -> None:
    publish(repo)
    async with running_on(lab.inventory, host.name) as run:
        stanza = f"Types: deb\nURIs: {repo.url}\nSuites: bookworm-security\nComponents: main\n# ours\n"
        stanza += "Signed-By: /etc/apt/keyrings/opsflow-lab.asc\n"
        await shell(run, f"sed -i /security/d {LIST}; printf '{stanza}' >{SOURCES}")
        await shell(
            run, f"mkdir /opt/o; touch /opt/o/Packages; echo 'deb [trusted=yes] file:/opt/o ./' >{OTHER}"
        )
        sources = await shell(run, f"cat {LIST} {SOURCES} {OTHER}")

        planned = await run("release_upgrade", check=True, to="trixie")
        assert planned["changed"]
        assert [one["path"] for one in planned["sources"]] == [SOURCES, LIST, OTHER]
        assert "+Suites: trixie-security\n" in planned["sources"][0]["diff"]
        assert [one["name"] for one in planned["current"]["upgrade"]] == ["opsflow-demo-conf"]
        assert sorted(one["name"] for one in planned["plan"]["upgrade"]) == [APP, LIB]
        assert await shell(run, f"cat {LIST} {SOURCES} {OTHER}") == sources

        hooks = {"pre_upgrade": "echo before", "post_upgrade": "echo after"}
        done = await run("release_upgrade", health=[{"tcp": 8080}], **hooks)
        assert (done["changed"], done["rebooted"], done["stage"]) == (True, True, "")
        assert (done["from"]["codename"], done["to"]["codename"]) == ("bookworm", "trixie")
        assert done["disabled"] == [f"file:/opt/o ./ ({OTHER})"]
        assert [one["name"] for one in done["current"]["packages"]] == ["opsflow-demo-conf"]
        assert [one["name"] for one in done["packages"]] == [APP, LIB, "opsflow-new"]
        assert [hook["stdout"] for hook in done["hooks"]] == ["before\n", "after\n"]
        assert all(check["ok"] for check in done["checks"])
        after = sources.replace("bookworm", "trixie").replace("deb [trusted", "# deb [trusted")
        assert await shell(run, f"cat {LIST} {SOURCES} {OTHER}") == f"{after} # disabled on upgrade to trixie"
        kept = f"/var/lib/opsflow/transactions/{done['transaction']}/sources"
        assert await shell(run, f"cat {kept}{LIST} {kept}{SOURCES} {kept}{OTHER}") == sources
        assert (await record(run))["state"] == "done"

        again = await run("release_upgrade", to="trixie")
        assert (again["changed"], again["rebooted"]) == (False, False)
        assert again["msg"] == "the host is at Debian 13 (trixie)"
        with pytest.raises(TaskError, match="the upgrade to trixie cannot be undone"):
            await run("package_rollback", transaction=done["transaction"])


async def test_what_fails_before_the_first_package_leaves_the_sources_as_they_were(
    lab: Lab, host: Host, repo: Repository
) -> None:
    publish(repo)
    async with running_on(lab.inventory, host.name) as run:
        await run("package_upgrade")
        before = await shell(run, f"cat {LIST}; dpkg -l")
        await shell(run, """echo 'DPkg::Pre-Invoke {"false";};' >/etc/apt/apt.conf.d/99no""")
        with pytest.raises(TaskError, match="No package has changed, the sources are as before") as caught:
            await run("release_upgrade")
        assert caught.value.data["packages"] == []
        assert await shell(run, f"cat {LIST}; dpkg -l") == before
        assert (await record(run))["state"] == "failed"
        await shell(run, "rm /etc/apt/apt.conf.d/99no")
        assert not (await run("package_upgrade", refresh=False))["changed"]
        assert (await run("release_upgrade", reboot="never"))["packages"]


async def test_a_package_that_fails_half_way_is_gone_on_with(lab: Lab, host: Host, repo: Repository) -> None:
    publish(repo, postinst_fails=True)
    async with running_on(lab.inventory, host.name) as run:
        boot_id = await shell(run, BOOT_ID)
        with pytest.raises(TaskError, match="half-way to trixie: that cannot be undone") as caught:
            await run("release_upgrade")
        assert (caught.value.data["stage"], "this package fails" in caught.value.message) == (
            "packages",
            True,
        )
        with pytest.raises(TaskError, match="half-way to trixie: go on with the module release_upgrade"):
            await run("package_upgrade")
        with pytest.raises(TaskError, match="half-way to trixie, not to forky"):
            await run("release_upgrade", to="forky")
        publish(repo)
        repo.publish(APP, "2.1", only="trixie", depends="opsflow-new")
        done = await run("release_upgrade", to="trixie", reboot="never")
        assert {one["name"]: one["new"] for one in done["packages"]}[APP] == "2.1"
        assert (done["changed"], done["reboot_pending"], done["rebooted"]) == (True, True, False)
        rest = await run("release_upgrade", to="trixie")
        assert (rest["changed"], rest["rebooted"]) == (True, True)
        assert await shell(run, BOOT_ID) != boot_id


@pytest.mark.parametrize("cut", ["the work", "the control node", "the power"])
def test_an_interruption_is_gone_on_with(
    lab: Lab, host: Host, repo: Repository, tmp_path: Path, cut: str
) -> None:
    slow = f"for n in $(seq 3000); do [ -e {QUICK} ] || sleep 0.2; done\n"
    publish(repo, postinst=slow)
    opsflow = Opsflow(tmp_path, lab.inventory)
    tasks = [{"name": "upgrade", "release_upgrade": {"to": "trixie"}}]
    play = [{"hosts": host.name, "gather_facts": False, "become": True, "tasks": tasks}]
    with opsflow.playing(play) as run:
        configuring(run)
        if cut == "the control node":
            run.signal(signal.SIGKILL)
        elif cut == "the power":
            lab.stop(host.name)
            lab.start(host.name)
        else:
            lab.ssh(host.name, "sudo systemctl kill --signal KILL 'opsflow-*.scope'")
        lab.ssh(host.name, f"touch {QUICK}")
        first = run.end()
    done = opsflow.play(play, "--output", "ndjson") if cut == "the control node" else first
    assert done.code == 0, done.out
    assert done.summary["hosts"][host.name]["rebooted"] is True
    said = lab.ssh(
        host.name, f"dpkg-query -Wf '${{Version}} ${{db:Status-Status}}' {APP}; dpkg --audit"
    ).stdout
    assert said == "2.0 installed"
    again = opsflow.play(play, "--output", "ndjson")
    assert again.summary["hosts"][host.name]["stats"]["changed"] == 0


def configuring(run: Playing) -> None:
    run.until(lambda event: event["event"] == "host_progress" and event["message"] == f"Configuring {APP}")


async def test_hosts_that_are_not_fit_are_refused(lab: Lab, host: Host, repo: Repository) -> None:
    async with running_on(lab.inventory, host.name) as run:
        nothing = await run("release_upgrade")
        assert not nothing["changed"]
        assert nothing["msg"].startswith("Debian 13 (trixie) cannot be had: ")
        with pytest.raises(TaskError, match="one after it, which is trixie"):
            await run("release_upgrade", to="forky")
        publish(repo)
        await shell(run, f"apt-mark hold {LIB}")
        with pytest.raises(TaskError, match=f"packages are held.*: {LIB}; release them"):
            await run("release_upgrade", check=True)
        await shell(
            run, f"apt-mark unhold {LIB}; echo 'deb {repo.url} sid main' >/etc/apt/sources.list.d/x.list"
        )
        with pytest.raises(TaskError, match=r"names sid, where|cannot be fetched"):
            await run("release_upgrade")
        assert await shell(run, "ls /var/lib/opsflow/transactions 2>/dev/null") == ""


META = """Dist: noble
Name: Noble Numbat
Version: 24.04.3 LTS
Date: Thu, 25 April 2024 00:24:04 UTC
Supported: 1
Description: This is the 24.04.3 LTS release

Dist: resolute
Name: Resolute Raccoon
Version: 26.04.1 LTS
Date: Thu, 23 April 2026 00:26:04 UTC
Supported: 1
Description: This is the 26.04.1 LTS release
"""
STAND_IN = """#!/bin/sh
echo "$*" >/var/tmp/called
echo "Checking for a new Ubuntu release"
mkdir -p /var/log/dist-upgrade
if [ -e /var/tmp/fails ]; then
    echo "2026-11-21 10:00:00,000 ERROR not enough free disk space" >/var/log/dist-upgrade/main.log
    exit 1
fi
sed -i 's/noble/resolute/; s/^VERSION_ID=.*/VERSION_ID="26.04"/' /usr/lib/os-release
"""


async def test_ubuntu_is_upgraded_by_its_own_tool(lab: Lab, ubuntu_host: Host, repo: Repository) -> None:
    (repo.directory / "meta-release-lts").write_text(META)
    async with running_on(lab.inventory, ubuntu_host.name) as run:
        lists = f"[METARELEASE]\nURI = {repo.url}meta-release\nURI_LTS = {repo.url}meta-release-lts\n"
        await shell(run, f"mkdir -p /etc/update-manager; printf '{lists}' >/etc/update-manager/meta-release")
        await shell(run, "printf '[DEFAULT]\\nPrompt=never\\n' >/etc/update-manager/release-upgrades")
        assert not (await run("release_upgrade"))["changed"]
        await shell(run, "printf '[DEFAULT]\\nPrompt=lts\\n' >/etc/update-manager/release-upgrades")
        found = await (await run.task.system()).release_available()
        assert (found.available, found.next) == (True, {"codename": "resolute", "version": "26.04.1"})
        with pytest.raises(TaskError, match="install ubuntu-release-upgrader-core"):
            await run("release_upgrade")
        tool = "/usr/bin/do-release-upgrade"
        await shell(run, f"cat >{tool} <<'END'\n{STAND_IN}END\nchmod +x {tool}; touch /var/tmp/fails")
        with pytest.raises(TaskError, match=r"not enough free disk space\. No package has changed"):
            await run("release_upgrade", to="resolute")
        await shell(run, "rm /var/tmp/fails")
        assert (await run("release_upgrade", check=True))["to"]["codename"] == "resolute"
        done = await run("release_upgrade", to="resolute", third_party="keep")
        assert (done["changed"], done["rebooted"]) == (True, True)
        called = await shell(run, "cat /var/tmp/called")
        assert called == "-f DistUpgradeViewNonInteractive -m server --allow-third-party"
