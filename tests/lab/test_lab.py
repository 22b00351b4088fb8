"""The lab itself: hosts are real, and nothing of a lab stays behind."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import asyncssh
import pytest
import yaml

from opsflow.lab import Host, Lab, LabError, remove
from opsflow.lab.cgroups import ControlGroup, hierarchies
from opsflow.lab.repo import Repository

BOOT_ID = "cat /proc/sys/kernel/random/boot_id"
UPDATE = "sudo apt-get -q update >/dev/null && "
UPGRADE = UPDATE + "sudo DEBIAN_FRONTEND=noninteractive apt-get -qy upgrade"


def output(lab: Lab, host: Host, command: str) -> str:
    """Return what a command prints that must succeed."""
    done = lab.ssh(host.name, command)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


def traces(lab: Lab) -> list[str]:
    """Return all that the machine still holds of a lab."""
    bridge, directory = lab.network.bridge, str(lab.directory)
    found = [line for line in Path("/proc/self/mountinfo").read_text().splitlines() if directory in line]
    found += [str(path) for path in Path("/run/netns").glob(f"{bridge}-*")]
    found += [str(path) for path in Path("/sys/class/net").glob(f"{bridge}*")]
    found += [str(path) for path in Path("/sys/class/net").glob(f"ofl{lab.network.number}-*")]
    found += [
        str(top / "opsflow-lab" / bridge) for top in hierarchies() if (top / "opsflow-lab" / bridge).exists()
    ]
    for cmdline in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = cmdline.read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if directory in words or f"{bridge}-" in words:
            found.append(words)
    return found + ([directory] if lab.directory.exists() else [])


@pytest.fixture
def own_name() -> Iterator[str]:
    """Yield a name for a lab of the test's own, which is removed if the test leaves it."""
    name = f"test-{os.getpid()}-own"
    yield name
    remove(name)


def test_hosts_are_what_they_say(lab: Lab, fleet: list[Host]) -> None:
    for host in fleet:
        facts = output(
            lab, host, f"hostname; sudo id -un; {BOOT_ID}; . /etc/os-release; echo $ID $VERSION_CODENAME"
        )
        hostname, root, boot_id, system = facts.splitlines()
        assert (hostname, root) == (host.name, "root")
        assert boot_id != Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        assert system == {"debian": "debian bookworm", "ubuntu": "ubuntu noble"}[host.identity]


def test_a_host_settles(lab: Lab, host: Host) -> None:
    assert output(lab, host, "systemctl is-system-running --wait") == "running"
    assert output(lab, host, "systemctl is-active opsflow-demo-app") == "active"


def test_the_inventory_names_every_host(lab: Lab) -> None:
    tree = yaml.safe_load(lab.inventory.read_text())["lab"]
    members = {name: list(group["hosts"]) for name, group in tree["children"].items()}
    assert members == {"debian": ["h1", "h2", "h3"], "ubuntu": ["h4"]}
    assert tree["vars"]["ansible_user"] == "ops"
    assert str(lab.known_hosts) in tree["vars"]["ansible_ssh_common_args"]


def test_a_reboot_is_real(lab: Lab, host: Host) -> None:
    before = output(lab, host, BOOT_ID)
    lab.ssh(host.name, "sudo systemctl reboot")
    for _ in range(50):
        lab.wait(host.name)
        done = lab.ssh(host.name, BOOT_ID)
        if done.returncode == 0 and done.stdout.strip() != before:
            break
    assert done.stdout.strip() not in ("", before)


def test_power_can_be_cut_and_the_disk_stays(lab: Lab, host: Host) -> None:
    output(lab, host, "echo here >kept && sync")
    lab.stop(host.name)
    assert not lab.running(host.name)
    assert lab.ssh(host.name, "true").returncode == 255
    lab.start(host.name)
    assert output(lab, host, "cat kept; rm kept") == "here"


def test_reset_gives_a_fresh_disk_and_the_same_key(lab: Lab, host: Host) -> None:
    output(lab, host, "sudo touch /etc/dirt && sudo rm /etc/issue")
    lab.reset(host.name)
    assert output(lab, host, "ls /etc/dirt /etc/issue 2>/dev/null; true") == "/etc/issue"


@pytest.mark.dirties
def test_a_published_package_is_a_real_upgrade(lab: Lab, host: Host, repo: Repository) -> None:
    repo.publish("opsflow-demo-app", "1.1", reboot_required=True)
    repo.publish("opsflow-demo-lib", "1.0.1", security=True)
    listed = output(lab, host, UPDATE + "apt list --upgradable 2>/dev/null")
    assert "opsflow-demo-app/oldstable 1.1" in listed
    assert "opsflow-demo-lib/oldstable-security 1.0.1" in listed
    started = "systemctl show -P ActiveEnterTimestampMonotonic opsflow-demo-app"
    before = output(lab, host, started)
    output(lab, host, UPGRADE)
    assert (
        output(lab, host, "dpkg-query -f '${Version} ' -W opsflow-demo-app opsflow-demo-lib") == "1.1 1.0.1"
    )
    assert output(lab, host, "cat /run/reboot-required.pkgs") == "opsflow-demo-app"
    assert output(lab, host, started) != before


@pytest.mark.dirties
def test_a_package_can_fail_on_purpose(lab: Lab, host: Host, repo: Repository) -> None:
    repo.publish("opsflow-demo-lib", "1.2", postinst_fails=True)
    done = lab.ssh(host.name, UPGRADE)
    assert done.returncode == 100
    assert "fails on purpose" in done.stderr + done.stdout
    assert output(lab, host, "dpkg-query -f '${db:Status-Status}' -W opsflow-demo-lib") == "half-configured"
    repo.publish("opsflow-demo-lib", "1.3")
    output(lab, host, UPGRADE)


@pytest.mark.dirties
def test_a_changed_conffile_asks(lab: Lab, host: Host, repo: Repository) -> None:
    repo.publish("opsflow-demo-conf", "1.1", conffile=True)
    output(lab, host, "echo mine | sudo tee /etc/opsflow-demo-conf.conf")
    done = lab.ssh(host.name, UPGRADE)
    assert done.returncode == 100
    assert "conffile prompt" in done.stderr + done.stdout
    output(lab, host, "sudo dpkg --force-confold --configure -a")
    assert output(lab, host, "cat /etc/opsflow-demo-conf.conf") == "mine"


@pytest.mark.dirties
def test_ubuntu_hosts_use_suites_of_ubuntu(lab: Lab, ubuntu_host: Host, repo: Repository) -> None:
    repo.publish("opsflow-demo-lib", "1.0.1", security=True)
    listed = output(lab, ubuntu_host, UPDATE + "apt list --upgradable 2>/dev/null")
    assert "opsflow-demo-lib/noble-security 1.0.1" in listed


def test_a_withdrawn_package_is_gone(lab: Lab, host: Host, repo: Repository) -> None:
    repo.publish("opsflow-extra", "2:1.0-1", depends="opsflow-demo-lib (>= 1.0)", phased=10)
    shown = output(lab, host, UPDATE + "apt-cache show opsflow-extra")
    assert "Version: 2:1.0-1" in shown
    assert "Phased-Update-Percentage: 10" in shown
    assert repo.withdraw("opsflow-extra") == 1
    assert lab.ssh(host.name, UPDATE + "apt-cache show opsflow-extra").returncode == 100


def test_what_is_no_package_is_refused(lab: Lab, repo: Repository, tmp_path: Path) -> None:
    with pytest.raises(LabError, match="cannot name a package"):
        repo.publish("../etc", "1.0")
    with pytest.raises(LabError, match="version"):
        repo.publish("opsflow-extra", "no version")
    (tmp_path / "x.deb").write_text("text")
    with pytest.raises(LabError, match=r"x\.deb"):
        repo.publish_file(tmp_path / "x.deb")


async def test_passwords_work_where_tests_need_them(lab: Lab, host: Host) -> None:
    async with asyncssh.connect(
        host.address,
        username="deploy",
        password="deploy",
        known_hosts=str(lab.known_hosts),
        config=None,
        client_keys=None,
        agent_path=None,
    ) as connection:
        assert (await connection.run("sudo -n true")).returncode == 1
        sudo = await connection.run("sudo -S -p '' id -un", input="deploy\n", check=True)
        assert sudo.stdout == "root\n"
        su = await connection.run("su -c 'id -un'", input="root\n", check=True)
        assert su.stdout == "root\n"
        async with connection.create_process("doas id -un", term_type="xterm") as doas:
            await doas.stdout.readuntil("password: ")
            doas.stdin.write("deploy\n")
            assert (await doas.stdout.read()).strip() == "root"


def test_up_adopts_what_is_well_and_down_leaves_nothing(lab: Lab, own_name: str) -> None:
    own = Lab.up(own_name, 2)
    assert own.network.number != lab.network.number
    well, dead = own.hosts
    boot_id, key = output(own, well, BOOT_ID), own.known_hosts.read_text()
    own.stop(dead.name)
    shutil.rmtree(own.directory / "hosts" / dead.name / "work")

    own = Lab.up(own_name, 3, ubuntu=1)
    assert output(own, well, BOOT_ID) == boot_id
    assert output(own, dead, "hostname") == dead.name
    assert own.known_hosts.read_text().startswith(key)
    assert [host.identity for host in own.hosts] == ["debian", "debian", "ubuntu"]

    own.down()
    assert traces(own) == []


def test_down_finds_a_lab_that_lost_its_record(own_name: str) -> None:
    own = Lab.up(own_name, 1)
    assert traces(own) != []
    shutil.rmtree(own.directory)
    with pytest.raises(LabError, match="no lab"):
        Lab.load(own_name)
    assert remove(own_name)
    assert traces(own) == []
    assert not remove(own_name)


def test_up_brings_a_lab_back_after_the_machine_rebooted(own_name: str) -> None:
    own = Lab.up(own_name, 1)
    address, keys = own.hosts[0].address, own.known_hosts.read_text()
    output(own, own.hosts[0], "echo here >kept")
    ControlGroup(own.network.bridge).remove()
    own.network.remove()

    own = Lab.up(own_name, 1)
    assert (own.hosts[0].address, own.known_hosts.read_text()) == (address, keys)
    assert output(own, own.hosts[0], "cat kept") == "here"


def test_an_up_that_was_killed_can_be_done_again(own_name: str) -> None:
    code = (
        f"from opsflow.lab import Lab; Lab.up({own_name!r}, 2, report=lambda text: print(text, flush=True))"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert any("booting" in line for line in iter(process.stdout.readline, ""))
        process.kill()
    own = Lab.up(own_name, 2)
    assert [own.ssh(host.name, "true").returncode for host in own.hosts] == [0, 0]
    own.down()
    assert traces(own) == []


def test_a_host_that_cannot_boot_says_why(own_name: str) -> None:
    own = Lab.up(own_name, 1)
    own.stop("h1")
    shutil.rmtree(own.directory / "hosts" / "h1" / "work")
    with pytest.raises(LabError, match=r"h1 died: .*mount"):
        own.start("h1")


def test_an_unknown_host_is_named(lab: Lab) -> None:
    with pytest.raises(LabError, match="has no host 'h9'") as raised:
        lab.reset("h9")
    assert raised.value.hint == "its hosts are h1, h2, h3, h4"


def test_a_process_that_left_its_session_is_killed_too(own_name: str) -> None:
    own = Lab.up(own_name, 1)
    assert own.ssh("h1", "setsid -f sleep 1000 </dev/null >/dev/null 2>&1").returncode == 0
    group = ControlGroup(own.network.bridge)
    assert group.processes()
    own.down()
    assert not group.processes()


def test_a_machine_that_forbids_namespaces_is_told_of(lab: Lab) -> None:
    code = "from opsflow.lab import unavailable; print(unavailable())"
    command = ["setpriv", "--bounding-set=-sys_admin", sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "which are forbidden here" in done.stdout
