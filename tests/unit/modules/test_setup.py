"""setup: Ansible's facts, chosen by subset and filter, and never held up by what does not answer."""

from __future__ import annotations

import json
import os
import platform
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from opsflow.core.errors import TaskError
from opsflow.target import facts_disks, facts_distribution, facts_hardware, facts_network, facts_system
from opsflow.target.facts import Gather
from opsflow.target.netlink import addresses, route_to
from tests.support.local import Run


async def facts_of(run: Run, *subset: str, **more: Any) -> dict[str, Any]:
    return (await run("setup", gather_subset=list(subset), **more))["ansible_facts"]


async def test_all_facts_of_the_names_that_playbooks_use(run: Run) -> None:
    result = await run("setup")
    facts = result["ansible_facts"]
    uname = os.uname()
    assert result["changed"] is False
    assert facts["ansible_kernel"] == uname.release
    assert facts["ansible_nodename"] == uname.nodename
    assert facts["ansible_architecture"] == platform.machine()
    assert facts["ansible_python_version"] == platform.python_version()
    assert facts["ansible_python"]["executable"] == sys.executable
    assert facts["ansible_user_uid"] == os.getuid()
    assert facts["ansible_date_time"]["epoch"].isdigit()
    assert facts["ansible_memtotal_mb"] > facts["ansible_memory_mb"]["real"]["used"] > 0
    assert facts["ansible_processor_nproc"] == len(os.sched_getaffinity(0))
    assert "/" in {mount["mount"] for mount in facts["ansible_mounts"]}
    assert facts["ansible_lo"]["ipv4"]["address"] == "127.0.0.1"
    assert facts["ansible_uptime_seconds"] > 0
    assert facts["gather_subset"] == ["all"]
    assert facts["module_setup"] is True


@pytest.fixture(scope="session")
def oracle() -> dict[str, Any]:
    """Return what ansible-core's own module says of this machine."""
    ansible = Path(sys.executable).parent / "ansible"
    if not ansible.exists():
        pytest.skip("ansible-core is not installed")
    done = subprocess.run(
        [str(ansible), "localhost", "-m", "setup"], capture_output=True, text=True, check=True, timeout=60
    )
    return json.loads(done.stdout[done.stdout.index("{") :])["ansible_facts"]


def _changing(name: str) -> bool:
    """Tell whether a fact may differ between two moments, or is about the tool that asks."""
    return bool(
        re.match("ansible_(date_time|loadavg|uptime|mem|swap|env|python$|mounts|devices|device_links)", name)
    )


def _comparable(fact: Any) -> Any:
    """Return a fact without the order of a list that has none."""
    return sorted(fact, key=str) if isinstance(fact, list) else fact


async def test_the_same_facts_as_ansible(run: Run, oracle: dict[str, Any]) -> None:
    interfaces = set(oracle["ansible_interfaces"])
    shared = {"eth0", "lo"} & interfaces  # others come and go while tests run
    of_interfaces = {"ansible_" + name.replace("-", "_") for name in interfaces - shared}
    of_addresses = {"ansible_interfaces", "ansible_all_ipv4_addresses", "ansible_all_ipv6_addresses"}
    left_out = of_interfaces | of_addresses | {"ansible_locally_reachable_ips", "ansible_system_capabilities"}
    mine = (await run("setup"))["ansible_facts"]
    assert not set(oracle) - set(mine) - of_interfaces
    for name in {name for name in oracle if not _changing(name)} - left_out:
        assert _comparable(mine[name]) == _comparable(oracle[name]), name
    for name in ("ansible_memory_mb", "ansible_date_time", "ansible_loadavg"):
        assert set(mine[name]) == set(oracle[name])
    assert set(mine["ansible_mounts"][0]) == set(oracle["ansible_mounts"][0])


async def test_a_choice_of_subsets(run: Run) -> None:
    assert set(await facts_of(run, "!all", "!min")) == {"gather_subset", "module_setup"}
    minimum = await facts_of(run, "!all")
    assert set(minimum) == set(await facts_of(run, "min"))
    assert "ansible_distribution" in minimum
    assert "ansible_mounts" not in minimum
    assert set(await facts_of(run, "!all", "!min", "virtual")) == {
        "ansible_virtualization_role",
        "ansible_virtualization_tech_guest",
        "ansible_virtualization_tech_host",
        "ansible_virtualization_type",
        "gather_subset",
        "module_setup",
    }
    assert "ansible_distribution" in await facts_of(run, "network")
    without = await facts_of(run, "all", "!hardware", "!facter")
    assert "ansible_mounts" not in without
    assert "ansible_default_ipv4" in without
    assert "ansible_default_ipv4" not in await facts_of(run, "!hardware")
    assert "ansible_user_id" not in await facts_of(run, "!min")


async def test_a_fact_may_be_named_in_place_of_its_subset(run: Run) -> None:
    found = await facts_of(run, "!all", "!min", "distribution_version")
    assert "ansible_os_family" in found
    assert "ansible_kernel" not in found


async def test_an_unknown_subset_is_refused(run: Run) -> None:
    with pytest.raises(TaskError, match="no subset 'bogus'"):
        await facts_of(run, "bogus")


async def test_a_filter_keeps_names_with_or_without_their_prefix(run: Run) -> None:
    assert set(await facts_of(run, "min", filter="distribution")) == {"ansible_distribution"}
    names = set(await facts_of(run, "min", filter=["ansible_kernel*", "nothing"]))
    assert names == {"ansible_kernel", "ansible_kernel_version"}


async def test_the_environment_of_the_task_is_in_the_facts(run: Run) -> None:
    run.task.env = {"GREETING": "hello"}
    assert (await facts_of(run, "!all", "!min", "env"))["ansible_env"]["GREETING"] == "hello"


async def test_local_facts(run: Run, tmp_path: Path) -> None:
    (tmp_path / "j.fact").write_text('{"a": 1}')
    (tmp_path / "i.fact").write_text("[s]\nK=v\n")
    (tmp_path / "empty.fact").write_text("\n")
    (tmp_path / "no.txt").write_text("{}")
    for name, text in (("x", "echo [1,2]"), ("bad", "echo oops >&2; exit 3"), ("broken", "echo {{{")):
        (tmp_path / f"{name}.fact").write_text(f"#!/bin/sh\n{text}\n")
        (tmp_path / f"{name}.fact").chmod(0o755)
    result = await run("setup", gather_subset=["!all", "!min", "local"], fact_path=str(tmp_path))
    local = result["ansible_facts"]["ansible_local"]
    assert (local["j"], local["i"], local["x"], local["empty"]) == ({"a": 1}, {"s": {"k": "v"}}, [1, 2], {})
    assert "exit code 3: oops" in local["bad"]
    assert "neither JSON nor INI" in local["broken"]
    assert set(local) == {"j", "i", "x", "empty", "bad", "broken"}
    assert len(result["warnings"]) == 2


def gather(timeout: float = 5.0) -> Gather:
    return Gather(cast("Any", SimpleNamespace(env={})), timeout, "/nonexistent")


@pytest.fixture
def files(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Any, dict[str, str]], None]]:
    """Make a module of collectors read texts in place of files."""

    def use(module: Any, texts: dict[str, str]) -> None:
        monkeypatch.setattr(module, "read", lambda path, default="": texts.get(path, "").strip() or default)

    return use


UBUNTU = """NAME="Ubuntu"
VERSION_ID="24.04"
VERSION_CODENAME=noble
PRETTY_NAME="Ubuntu 24.04.1 LTS"
ID=ubuntu
ID_LIKE=debian
"""


def test_ubuntu(files: Any) -> None:
    files(facts_distribution, {"/etc/os-release": UBUNTU, "/etc/debian_version": "trixie/sid"})
    found = facts_distribution.distribution(gather())
    assert found == {
        "distribution": "Ubuntu",
        "distribution_version": "24.04",
        "distribution_major_version": "24",
        "distribution_release": "noble",
        "distribution_file_parsed": True,
        "distribution_file_path": "/etc/os-release",
        "distribution_file_variety": "Debian",
        "os_family": "Debian",
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('ID="rocky"\nID_LIKE="rhel centos fedora"\nVERSION_ID="9.3"', ("Rocky", "RedHat", "9")),
        ("ID=mydistro\nID_LIKE=ubuntu\nNAME='My Distro'\nVERSION_ID=7", ("My", "Debian", "7")),
        ("ID=alpine\nVERSION_ID=3.19.0", ("Alpine", "Alpine", "3")),
    ],
)
def test_other_distributions(files: Any, text: str, expected: tuple[str, ...]) -> None:
    files(facts_distribution, {"/etc/os-release": text})
    found = facts_distribution.distribution(gather())
    keys = ("distribution", "os_family", "distribution_major_version")
    assert tuple(found[key] for key in keys) == expected


def test_lsb_of_ubuntu_comes_from_its_file(files: Any) -> None:
    text = 'DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=24.04\nDISTRIB_CODENAME=noble\nDISTRIB_DESCRIPTION="Ubuntu 24"'
    files(facts_distribution, {"/etc/lsb-release": text})
    assert facts_distribution.lsb(gather())["lsb"] == {
        "id": "Ubuntu",
        "release": "24.04",
        "major_release": "24",
        "codename": "noble",
        "description": "Ubuntu 24",
    }


def test_two_sockets_of_four_cores_with_two_threads(files: Any) -> None:
    entry = "processor : {}\nvendor_id : V\nmodel name : M\nphysical id : {}\nsiblings : 8\ncpu cores : 4\n"
    text = "\n".join(entry.format(number, number // 8) for number in range(16))
    files(facts_hardware, {"/proc/cpuinfo": text})
    found = facts_hardware.processors(gather())
    keys = ("count", "cores", "threads_per_core", "vcpus")
    assert [found["processor_" + key] for key in keys] == [2, 4, 2, 16]
    assert found["processor"][:3] == ["0", "V", "M"]


def test_processors_of_arm_have_no_sockets(files: Any) -> None:
    files(facts_hardware, {"/proc/cpuinfo": "processor : 0\nBogoMIPS : 1\n\nprocessor : 1\nBogoMIPS : 1"})
    found = facts_hardware.processors(gather())
    keys = ("count", "cores", "threads_per_core", "vcpus")
    assert [found["processor_" + key] for key in keys] == [2, 1, 1, 2]


def test_the_kernels_command_line(files: Any) -> None:
    files(facts_system, {"/proc/cmdline": "BOOT_IMAGE=/vmlinuz ro console=tty0 console=ttyS0 quiet"})
    found = facts_system.cmdline(gather())
    assert found["cmdline"]["console"] == "ttyS0"
    assert found["proc_cmdline"]["console"] == ["tty0", "ttyS0"]
    assert found["cmdline"]["ro"] is True


def test_resolv_conf(files: Any) -> None:
    text = "# x\nnameserver 10.0.0.1\nnameserver 10.0.0.2\nsearch a.example b.example\noptions ndots:2 rotate"
    files(facts_system, {"/etc/resolv.conf": text})
    assert facts_system.dns(gather())["dns"] == {
        "nameservers": ["10.0.0.1", "10.0.0.2"],
        "search": ["a.example", "b.example"],
        "options": {"ndots": "2", "rotate": True},
    }


def test_a_file_system_that_does_not_answer_costs_only_its_own_size(
    files: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = "server:/x /mnt/dead\\040one nfs rw 0 0\n/dev/sda1 / ext4 rw 0 1\nproc /proc proc rw 0 0\n"
    files(facts_disks, {"/proc/self/mounts": table, "/proc/self/mountinfo": ""})
    real, released = os.statvfs, time.time() + 1

    def statvfs(path: str) -> os.statvfs_result:
        while path == "/mnt/dead one" and time.time() < released:
            time.sleep(0.01)
        return real("/")

    monkeypatch.setattr(os, "statvfs", statvfs)
    asked = gather(timeout=0.05)
    dead, root = facts_disks.mounts(asked)["mounts"]
    assert (dead["mount"], dead["fstype"], "size_total" in dead) == ("/mnt/dead one", "nfs", False)
    assert "no answer" in dead["note"]
    assert root["size_total"] > 0
    assert asked.warnings == ["the file system at /mnt/dead one does not answer"]


def test_a_name_server_that_does_not_answer_costs_only_the_full_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getfqdn", lambda: time.sleep(0.5))
    asked = gather(timeout=0.01)
    found = facts_system.platform(asked)
    assert found["fqdn"] == os.uname().nodename
    assert "name server" in asked.warnings[0]


def test_sizes_for_people() -> None:
    human = facts_disks._human
    assert [human(0), human(512 * 1024), human(256 * 2**30)] == ["0.00 Bytes", "512.00 KB", "256.00 GB"]


def test_a_second_address_with_a_label_is_an_alias() -> None:
    first = SimpleNamespace(
        address="10.0.0.1", broadcast="", label="eth0", peer=False, prefix=24, secondary=False
    )
    second = SimpleNamespace(**{**vars(first), "address": "10.0.0.2", "label": "eth0:1", "secondary": True})
    interfaces: dict[str, Any] = {"eth0": {}}
    facts_network._add_ipv4(interfaces, "eth0", cast("Any", first))
    facts_network._add_ipv4(interfaces, "eth0", cast("Any", second))
    assert interfaces["eth0"]["ipv4"]["address"] == "10.0.0.1"
    assert [shown["address"] for shown in interfaces["eth0"]["ipv4_secondaries"]] == ["10.0.0.2"]
    assert interfaces["eth0:1"]["ipv4_secondaries"][0]["network"] == "10.0.0.0"


def test_the_kernel_lists_the_loopback_address_and_the_way_to_it() -> None:
    loopback = next(address for address in addresses() if address.address == "127.0.0.1")
    assert (loopback.prefix, loopback.scope, loopback.label) == (8, "host", "lo")
    assert route_to("127.0.0.1")["interface"] == "lo"
