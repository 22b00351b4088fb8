"""Facts, services, users and reboots on real Debian hosts."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator

import pytest

from opsflow.core.errors import TaskError
from opsflow.lab import Host, Lab
from tests.support.local import Run
from tests.support.remote import running_on

UNIT = """[Unit]
Description=A service of the tests
[Service]
ExecStart=/bin/sleep infinity
ExecReload=/bin/true
[Install]
WantedBy=multi-user.target
"""


@pytest.fixture
async def on_host(lab: Lab, host: Host) -> AsyncIterator[Run]:
    async with running_on(lab.inventory, host.name) as run:
        yield run


async def shell(run: Run, command: str) -> str:
    """Return what a command prints that must succeed."""
    result = await run("shell", cmd=command)
    assert result["rc"] == 0, result
    return result["stdout"]


async def test_facts_of_a_debian_host_come_quickly(on_host: Run, host: Host) -> None:
    facts = (await on_host("setup"))["ansible_facts"]
    assert facts["ansible_distribution"] == "Debian"
    assert facts["ansible_distribution_release"] == host.release
    assert facts["ansible_os_family"] == "Debian"
    assert facts["ansible_service_mgr"] == "systemd"
    assert facts["ansible_pkg_mgr"] == "apt"
    assert facts["ansible_default_ipv4"]["address"] == host.address
    assert facts["ansible_user_id"] == "root"
    assert facts["ansible_virtualization_role"] == "guest"
    assert facts["ansible_systemd"]["version"] > 200
    started = time.monotonic()
    again = (await on_host("setup"))["ansible_facts"]
    assert time.monotonic() - started < 1
    # Interfaces of other hosts, which are made meanwhile, are seen for a moment.
    assert {name for name in set(again) ^ set(facts) if "ofl" not in name} == set()


async def test_facts_of_an_ubuntu_host(lab: Lab, ubuntu_host: Host) -> None:
    async with running_on(lab.inventory, ubuntu_host.name) as run:
        facts = (await run("setup", gather_subset="min"))["ansible_facts"]
    assert facts["ansible_distribution"] == "Ubuntu"
    assert facts["ansible_distribution_release"] == ubuntu_host.codename
    assert facts["ansible_os_family"] == "Debian"
    assert "ansible_distribution_minor_version" not in facts


@pytest.mark.dirties
async def test_the_life_of_a_service(on_host: Run) -> None:
    await on_host("copy", content=UNIT, dest="/etc/systemd/system/opsflow-test.service")
    rehearsed = await on_host("systemd", name="opsflow-test", state="started", enabled=True, check=True)
    assert rehearsed["changed"] is True
    assert (await on_host("shell", cmd="systemctl is-active opsflow-test"))["stdout"] == "inactive"
    for changed in (True, False):
        result = await on_host(
            "systemd", name="opsflow-test", state="started", enabled=True, daemon_reload=True
        )
        assert result["changed"] is changed
    assert await shell(on_host, "systemctl is-enabled opsflow-test") == "enabled"
    pid = await shell(on_host, "systemctl show -p MainPID --value opsflow-test")
    assert (await on_host("service", name="opsflow-test", state="reloaded"))["changed"] is True
    assert await shell(on_host, "systemctl show -p MainPID --value opsflow-test") == pid
    assert (await on_host("service", name="opsflow-test", state="restarted"))["changed"] is True
    assert await shell(on_host, "systemctl show -p MainPID --value opsflow-test") != pid
    for changed in (True, False):
        result = await on_host("service", name="opsflow-test", state="stopped", enabled=False)
        assert result["changed"] is changed
        assert result["status"]["Description"] == "A service of the tests"


@pytest.mark.dirties
async def test_a_service_that_does_not_start_shows_its_journal(on_host: Run) -> None:
    unit = UNIT.replace("[Service]", "[Service]\nType=oneshot").replace(
        "/bin/sleep infinity", "/bin/sh -c 'echo no configuration; exit 3'"
    )
    await on_host("copy", content=unit, dest="/etc/systemd/system/opsflow-broken.service")
    with pytest.raises(TaskError, match="unable to start service opsflow-broken") as caught:
        await on_host("systemd", name="opsflow-broken", state="started", daemon_reload=True)
    assert "no configuration" in str(caught.value.data["journal"])


@pytest.mark.dirties
async def test_the_life_of_a_user(on_host: Run) -> None:
    await on_host("group", name="crew", gid=4242)
    wanted = {"name": "ada", "groups": "crew", "shell": "/bin/bash", "generate_ssh_key": True}
    wanted |= {"ssh_key_type": "ed25519", "password": "$6$salt$hash"}
    for changed in (True, False):
        result = await on_host("user", **wanted)
        assert result["changed"] is changed
    assert result["ssh_public_key"].startswith("ssh-ed25519 ")
    assert await shell(on_host, "id -nG ada") == "ada crew"
    assert (await shell(on_host, "getent shadow ada")).split(":")[1] == "$6$salt$hash"
    assert await shell(on_host, "stat -c %U:%a /home/ada/.ssh/id_ed25519") == "ada:600"
    for changed in (True, False):
        result = await on_host("user", name="ada", home="/srv/ada", move_home=True, password_lock=True)
        assert result["changed"] is changed
    assert await shell(on_host, "ls -d /srv/ada/.bashrc && ! ls /home/ada") == "/srv/ada/.bashrc"
    for changed in (True, False):
        assert (await on_host("user", name="ada", state="absent", remove=True))["changed"] is changed
    assert await shell(on_host, "! ls -d /srv/ada") == ""


@pytest.mark.dirties
async def test_a_passphrase_is_typed_not_passed(on_host: Run) -> None:
    key = {"ssh_key_type": "ed25519", "ssh_key_file": ".ssh/guarded", "ssh_key_passphrase": "two words"}
    result = await on_host("user", name="bob", generate_ssh_key=True, **key)
    path = result["ssh_key_file"]
    assert (await on_host("shell", cmd=f"ssh-keygen -y -P '' -f {path}"))["rc"] != 0
    assert (await shell(on_host, f"ssh-keygen -y -P 'two words' -f {path}")).startswith("ssh-ed25519")


async def test_a_reboot_is_real_and_waited_for(on_host: Run, lab: Lab, host: Host) -> None:
    boot_id = "cat /proc/sys/kernel/random/boot_id"
    before = await shell(on_host, boot_id)
    result = await on_host("reboot", reboot_timeout=60)
    assert (result["changed"], result["rebooted"]) == (True, True)
    assert await shell(on_host, boot_id) != before
    assert await shell(on_host, "systemctl is-system-running || true") in ("running", "degraded")
    assert (await on_host("wait_for_connection", timeout=30))["changed"] is False


@pytest.mark.dirties
async def test_a_host_that_does_not_come_back_is_a_sentence(on_host: Run, host: Host) -> None:
    with pytest.raises(TaskError, match=rf"{host.name} did not come back within 5 seconds after its reboot"):
        await on_host("reboot", reboot_command="systemctl poweroff", reboot_timeout=5)


@pytest.mark.dirties
async def test_a_service_that_hangs_at_boot_is_named(on_host: Run) -> None:
    unit = UNIT.replace("[Service]", "[Service]\nType=oneshot")
    await on_host("copy", content=unit, dest="/etc/systemd/system/opsflow-slow.service")
    await on_host("systemd", name="opsflow-slow", enabled=True)
    with pytest.raises(TaskError, match=r"still starting after 8 seconds: .*opsflow-slow"):
        await on_host("reboot", reboot_timeout=8)


async def test_nobody_but_root_reboots(lab: Lab, host: Host) -> None:
    async with running_on(lab.inventory, host.name, become=None) as run:
        with pytest.raises(TaskError, match="needs root"):
            await run("reboot", reboot_timeout=5)


async def test_services_are_listed_with_their_state(on_host: Run) -> None:
    services = (await on_host("service_facts"))["ansible_facts"]["services"]
    assert services["ssh.service"] == {
        "name": "ssh.service",
        "state": "running",
        "status": "enabled",
        "source": "systemd",
    }
    assert services["getty@.service"]["state"] == "unknown"


@pytest.mark.dirties
async def test_a_new_name_holds_now_and_later(on_host: Run) -> None:
    for changed in (True, False):
        assert (await on_host("hostname", name="renamed"))["changed"] is changed
    assert await shell(on_host, "hostname; cat /etc/hostname") == "renamed\nrenamed"


@pytest.mark.dirties
async def test_a_new_time_zone(on_host: Run) -> None:
    for changed in (True, False):
        assert (await on_host("timezone", name="Europe/Berlin"))["changed"] is changed
    assert (
        await shell(on_host, "date -d 2026-07-01T00:00:00Z +%Z; cat /etc/timezone") == "CEST\nEurope/Berlin"
    )


@pytest.mark.dirties
async def test_a_file_system_is_mounted_and_goes(on_host: Run) -> None:
    where = {"path": "/mnt/memory"}
    kind = {"src": "tmpfs", "fstype": "tmpfs"}
    for changed in (True, False):
        result = await on_host("mount", state="mounted", opts="size=1m", **where, **kind)
        assert result["changed"] is changed
    assert await shell(on_host, "findmnt -rno SIZE /mnt/memory") == "1M"
    assert (await on_host("mount", state="mounted", opts="size=2m", **where, **kind))["changed"] is True
    assert await shell(on_host, "findmnt -rno SIZE /mnt/memory") == "2M"
    for changed in (True, False):
        assert (await on_host("mount", state="unmounted", **where))["changed"] is changed
    assert (await on_host("mount", state="ephemeral", **where, **kind))["changed"] is True
    for changed in (True, False):
        assert (await on_host("mount", state="absent", **where))["changed"] is changed
    assert await shell(on_host, "! ls -d /mnt/memory; ! grep memory /etc/fstab /proc/mounts") == ""
