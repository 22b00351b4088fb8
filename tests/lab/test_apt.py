"""The package modules on real hosts with a real repository."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Any

import pytest

from opsflow.core.errors import TaskError
from opsflow.lab import Host, Lab
from opsflow.lab.repo import Repository
from tests.support.local import Run
from tests.support.remote import running_on

pytestmark = pytest.mark.dirties

APP, CONF, LIB = "opsflow-demo-app", "opsflow-demo-conf", "opsflow-demo-lib"
FILES_OF_APT = (
    "find /var/lib/apt /var/cache/apt /etc/apt /var/tmp/* -printf '%p %s %T@\\n' 2>/dev/null | sort"
)
HOLD_LOCK = """import fcntl, time
file = open('/var/lib/dpkg/lock-frontend', 'w')
fcntl.lockf(file, fcntl.LOCK_EX)
time.sleep(600)
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


async def version(run: Run, name: str) -> str:
    return await shell(run, f"dpkg-query -Wf '${{Version}}' {name}")


def change(name: str, old: str | None, new: str | None) -> dict[str, str | None]:
    return {"name": name, "old": old, "new": new}


def messages(run: Run) -> list[str]:
    return [event["message"] for event in run.task.events if event["type"] == "progress"]


async def told(run: Run, wanted: Callable[[str], bool]) -> None:
    """Return when a message of the task that runs is the wanted one."""
    while not any(wanted(message) for message in messages(run)):  # noqa: ASYNC110 - a plain list
        await asyncio.sleep(0.02)


async def test_present_latest_absent(on: Run, repo: Repository) -> None:
    repo.publish("opsflow-extra", "1.0")
    assert (await on("apt", update_cache=True, check=True))["cache_updated"] is True
    done = await on("apt", name="opsflow-extra=1.*", update_cache=True, diff=True)
    assert done["packages"] == [change("opsflow-extra", None, "1.0")]
    assert (done["changed"], done["cache_updated"]) == (True, True)
    assert "NEW packages will be installed" in done["diff"]["prepared"]
    assert "Unpacking opsflow-extra" in messages(on)
    assert (await on("package", name="opsflow-extra", state="present"))["changed"] is False

    repo.publish("opsflow-extra", "1.1")
    assert (await on("apt", name="opsflow-extra", state="latest", update_cache=True, check=True))[
        "changed"
    ] is False
    latest = await on("apt", name="opsflow-extra", state="latest", update_cache=True)
    assert latest["packages"] == [change("opsflow-extra", "1.0", "1.1")]
    with pytest.raises(TaskError, match="needs allow_downgrade"):
        await on("apt", name="opsflow-extra=1.0")
    back = await on("apt", name="opsflow-extra=1.0", allow_downgrade=True)
    assert back["packages"] == [change("opsflow-extra", "1.1", "1.0")]

    removed = await on("apt", name="opsflow-extra", state="absent", purge=True)
    assert removed["packages"] == [change("opsflow-extra", "1.0", None)]
    assert (await on("apt", name="opsflow-extra", state="absent", purge=True))["changed"] is False


async def test_a_satisfied_task_takes_milliseconds(on: Run) -> None:
    await on("apt", name=APP)
    calls = [await _timed(on) for _ in range(5)]
    assert min(calls) < 0.05


async def _timed(run: Run) -> float:
    start = time.perf_counter()
    assert (await run("apt", name=[APP, LIB, CONF]))["changed"] is False
    return time.perf_counter() - start


async def test_a_package_file_with_its_dependencies(on: Run, repo: Repository) -> None:
    repo.publish("opsflow-needed", "1.0")
    deb = repo.publish("opsflow-extra", "1.0", depends="opsflow-needed")
    await on("apt", update_cache=True)
    url = f"{repo.url}{deb.relative_to(repo.directory)}"
    done = await on("apt", deb=url)
    assert done["packages"] == [change("opsflow-extra", None, "1.0"), change("opsflow-needed", None, "1.0")]
    assert (await on("apt", deb=url))["changed"] is False
    with pytest.raises(TaskError, match=r"cannot fetch .*: HTTP Error 404"):
        await on("apt", deb=f"{repo.url}/nothing.deb")

    removed = await on("apt", name="opsflow-extra", state="absent", autoremove=True)
    assert [one["name"] for one in removed["packages"]] == ["opsflow-extra", "opsflow-needed"]


async def test_services_are_not_started_when_policy_says_so(on: Run, repo: Repository) -> None:
    repo.publish("opsflow-extra", "1.0", postinst="/usr/sbin/policy-rc.d x start || echo $? >/tmp/policy\n")
    await on("apt", name="opsflow-extra", update_cache=True, policy_rc_d=101)
    assert await shell(on, "cat /tmp/policy; ls /usr/sbin/policy-rc.d 2>/dev/null || true") == "101"


async def test_lists_are_fetched_when_they_are_old(on: Run, repo: Repository) -> None:
    await on("apt", update_cache=True)
    assert (await on("apt", update_cache=True))["changed"] is False
    repo.publish(LIB, "1.1")
    assert (await on("apt", cache_valid_time=3600))["cache_updated"] is False
    assert (await on("apt", update_cache=True))["changed"] is True


async def test_an_upgrade_that_keeps_what_it_must(on: Run, repo: Repository) -> None:
    repo.publish("opsflow-held", "1.0")
    repo.publish("opsflow-stuck", "1.0")
    await on("apt", name=["opsflow-held", "opsflow-stuck"], update_cache=True)
    await shell(on, "echo 'greeting = mine' >/etc/opsflow-demo-conf.conf; apt-mark hold opsflow-held")
    repo.publish(APP, "1.1")
    repo.publish(CONF, "1.1", conffile=True)
    repo.publish("opsflow-held", "1.1")
    repo.publish("opsflow-stuck", "1.1", depends="opsflow-nowhere")

    assert (await on("package_upgrade", check=True, refresh=False))["packages"] == []
    lists = await shell(on, FILES_OF_APT)
    planned = await on("package_upgrade", check=True)
    assert await shell(on, FILES_OF_APT) == lists
    assert planned["packages"] == [change(APP, "1.0", "1.1"), change(CONF, "1.0", "1.1")]
    assert planned["plan"]["download"] > 0
    assert await version(on, APP) == "1.0"

    done = await on("package_upgrade")
    assert done["packages"] == planned["packages"]
    assert (done["kept_back"], done["held"]) == (["opsflow-stuck"], ["opsflow-held"])
    assert done["conffiles_kept"] == ["/etc/opsflow-demo-conf.conf"]
    assert done["msg"].startswith("upgraded 2 packages, 1 kept back, 1 held")
    assert await shell(on, "cat /etc/opsflow-demo-conf.conf") == "greeting = mine"
    assert await shell(on, "cat /etc/opsflow-demo-conf.conf.dpkg-dist") == "greeting = hello from 1.1"
    again = await on("package_upgrade")
    assert (again["changed"], again["packages"]) == (False, [])


async def test_the_new_configuration_file_when_asked(on: Run, repo: Repository) -> None:
    await shell(on, "echo 'greeting = mine' >/etc/opsflow-demo-conf.conf")
    repo.publish(CONF, "1.1", conffile=True)
    done = await on("package_upgrade", conffiles="new")
    assert done["conffiles_kept"] == []
    assert await shell(on, "cat /etc/opsflow-demo-conf.conf") == "greeting = hello from 1.1"


async def test_security_updates_only(on: Run, repo: Repository) -> None:
    repo.publish(LIB, "1.1", security=True)
    repo.publish(LIB, "1.2")
    repo.publish(CONF, "1.1", security=True)
    repo.publish(APP, "1.1")
    await shell(on, f"apt-mark auto {LIB}")
    done = await on("package_upgrade", security=True)
    assert done["packages"] == [change(CONF, "1.0", "1.1"), change(LIB, "1.0", "1.1")]
    assert await shell(on, "apt-mark showauto") == LIB
    rest = await on("package_upgrade")
    assert rest["packages"] == [change(APP, "1.0", "1.1"), change(LIB, "1.1", "1.2")]


async def test_exclusions_leave_no_trace(on: Run, repo: Repository) -> None:
    for name in (APP, CONF, LIB):
        repo.publish(name, "1.1")
    repo.publish(APP, "1.1", depends="opsflow-new")
    repo.publish("opsflow-new", "1.0")
    await shell(on, f"apt-mark auto {LIB}")
    done = await on("package_upgrade", exclude=["*-lib", "opsflow-new"])
    assert done["packages"] == [change(CONF, "1.0", "1.1")]
    assert await shell(on, "apt-mark showauto; apt-mark showhold") == LIB
    named = await on("package_upgrade", only=[LIB])
    assert named["packages"] == [change(LIB, "1.0", "1.1")]
    assert await shell(on, "apt-mark showauto") == LIB


async def test_a_package_that_fails_is_named_with_what_did_change(on: Run, repo: Repository) -> None:
    repo.publish(CONF, "1.1")
    repo.publish(LIB, "1.1", postinst_fails=True)
    with pytest.raises(
        TaskError, match=f"package {LIB} is broken: .*this package fails on purpose"
    ) as caught:
        await on("package_upgrade")
    data: Any = caught.value.data
    assert data["broken_packages"] == [LIB]
    assert data["packages"] == [change(CONF, "1.0", "1.1"), change(LIB, "1.0", "1.1")]
    assert data["rc"] == 100
    assert "fails on purpose" in data["stdout"]

    repo.publish(LIB, "1.2")
    healed = await on("package_upgrade")
    assert healed["packages"] == [change(LIB, "1.1", "1.2")]


async def test_an_interrupted_dpkg_is_repaired_first(on: Run, repo: Repository) -> None:
    deb = repo.publish("opsflow-extra", "1.0")
    await shell(
        on,
        f"cd /tmp && python3 -c \"import urllib.request as u; u.urlretrieve('{repo.url}"
        f"{deb.relative_to(repo.directory)}', 'extra.deb')\" && dpkg --unpack extra.deb",
    )
    repo.publish(LIB, "1.1")
    done = await on("package_upgrade")
    assert done["repaired"] == ["opsflow-extra"]
    assert done["packages"] == [change(LIB, "1.0", "1.1")]
    assert "1 repaired after an interrupted run" in done["msg"]
    assert await shell(on, "dpkg --audit") == ""


async def test_a_dpkg_that_was_killed_is_repaired(on: Run, repo: Repository) -> None:
    repo.publish("opsflow-extra", "1.0", postinst="[ -e /tmp/go ] || kill -9 $PPID\n")
    with pytest.raises(TaskError):
        await on("apt", name="opsflow-extra", update_cache=True)
    assert await shell(on, "dpkg --audit") != ""
    await shell(on, "touch /tmp/go")
    done = await on("apt", name=["opsflow-extra", LIB])
    assert done["repaired"] == ["opsflow-extra"]


async def test_a_held_lock_is_waited_for_and_its_holder_named(on: Run, repo: Repository) -> None:
    repo.publish(LIB, "1.1")
    await on("apt", update_cache=True)
    await shell(on, f'systemd-run --unit=nightly --collect python3 -c "{HOLD_LOCK}"; sleep 0.3')
    with pytest.raises(TaskError, match=r"still runs after 1 seconds: .*python3 .*nightly\.service"):
        await on("package_upgrade", refresh=False, lock_timeout=1)
    waiting = asyncio.create_task(on("package_upgrade", refresh=False, lock_timeout=60))
    await told(on, lambda message: "nightly.service" in message and message.endswith("s left"))
    await shell(on, "systemctl stop nightly.service")
    assert (await waiting)["packages"] == [change(LIB, "1.0", "1.1")]


async def test_a_repository_that_is_gone_is_named(on: Run) -> None:
    await shell(on, "echo 'deb http://127.0.0.1:9/gone stable main' >/etc/apt/sources.list.d/gone.list")
    with pytest.raises(
        TaskError, match=r"cannot fetch http://127\.0\.0\.1:9/gone/.*Connection refused"
    ) as caught:
        await on("apt", update_cache=True, update_cache_retries=2, update_cache_retry_max_delay=0)
    assert "tried 2 times" in str(caught.value)
    with pytest.raises(TaskError, match="cannot fetch http"):
        await on("apt", upgrade="dist", update_cache=True, update_cache_retries=1)


async def test_an_unsigned_repository_is_named(on: Run, repo: Repository) -> None:
    await shell(on, f"echo 'deb {repo.url} nosuch main' >/etc/apt/sources.list.d/x.list")
    with pytest.raises(TaskError, match=r"the repository http.* nosuch Release does not have a Release file"):
        await on("package_upgrade")


async def test_a_full_disk_is_named(on: Run, repo: Repository) -> None:
    repo.publish("opsflow-big", "1.0", files={"/usr/share/opsflow-big/data": "x" * 200_000})
    await shell(
        on, "mkdir -p /usr/share/opsflow-big && mount -t tmpfs -o size=32k none /usr/share/opsflow-big"
    )
    with pytest.raises(TaskError, match=r"the disk is full: .*opsflow-big"):
        await on("apt", name="opsflow-big", update_cache=True)
    await shell(on, "umount /usr/share/opsflow-big")
    await on("apt", name="opsflow-big")


async def test_unknown_names_and_versions(on: Run) -> None:
    with pytest.raises(TaskError, match="no package matching 'opsflow-nothing' is available"):
        await on("apt", name="opsflow-nothing")
    with pytest.raises(TaskError, match=r"no package\(s\) matching 'opsflow-no\*' available"):
        await on("apt", name="opsflow-no*")
    with pytest.raises(TaskError, match=f"no available installation candidate for {LIB}=7"):
        await on("apt", name=f"{LIB}=7")


async def test_phased_updates_wait_for_their_turn(lab: Lab, ubuntu_host: Host, repo: Repository) -> None:
    repo.publish(LIB, "1.1", phased=0)
    repo.publish(CONF, "1.1", security=True)
    async with running_on(lab.inventory, ubuntu_host.name) as run:
        done = await run("package_upgrade")
        assert done["packages"] == [change(CONF, "1.0", "1.1")]
        assert (done["phased"], done["kept_back"]) == ([LIB], [])


async def test_without_root_it_says_so(lab: Lab, host: Host) -> None:
    async with running_on(lab.inventory, host.name, become=None) as run:
        with pytest.raises(TaskError, match="become: yes"):
            await run("apt", name=LIB, state="absent")
        assert (await run("apt", name=LIB))["changed"] is False


async def test_a_cancelled_upgrade_leaves_no_process(on: Run, repo: Repository) -> None:
    repo.publish("opsflow-slow", "1.0", postinst="sleep 600\n")
    task = asyncio.create_task(on("apt", name="opsflow-slow", update_cache=True))
    await told(on, lambda message: message == "Configuring opsflow-slow")
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    assert await shell(on, "pgrep -x 'dpkg|apt-get|sleep' || true") == ""
    assert (await on("apt", name="opsflow-slow", state="absent"))["changed"] is True
