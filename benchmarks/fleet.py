"""The hosts that a contender works on, and the files that tell it of them: inventories, known hosts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from opsflow.lab import Lab
from opsflow.lab.files import USER

SSH_PORT = 22


@dataclass(frozen=True, slots=True)
class Target:
    """One name with its address; `lab_host` is the lab's host that is behind it, which several may share."""

    name: str
    address: str
    lab_host: str
    port: int = SSH_PORT


@dataclass(frozen=True, slots=True)
class Fleet:
    """Targets, with what contenders read of them in a folder of their own."""

    targets: Sequence[Target]
    folder: Path
    key: Path

    @property
    def inventory(self) -> Path:
        """For OpsFlow and ansible-core."""
        return self.folder / "hosts.yml"

    @property
    def known_hosts(self) -> Path:
        return self.folder / "known_hosts"

    @property
    def pyinfra_inventory(self) -> Path:
        return self.folder / "inventory.py"

    @property
    def listed(self) -> Path:
        """For the floor: everything in one JSON document."""
        return self.folder / "fleet.json"

    @property
    def lines(self) -> Path:
        """For shell scripts: a line with address and port for each."""
        return self.folder / "addresses"


def whole(lab: Lab, folder: Path) -> Fleet:
    """Return all hosts of a lab."""
    return write(lab, folder, (Target(host.name, host.address, host.name) for host in lab.hosts))


def some(lab: Lab, folder: Path, count: int) -> Fleet:
    """Return the first hosts of a lab."""
    return write(lab, folder, (Target(host.name, host.address, host.name) for host in lab.hosts[:count]))


def write(lab: Lab, folder: Path, targets: Iterable[Target]) -> Fleet:
    """Write the files for targets that are, behind their addresses and ports, hosts of a lab."""
    folder.mkdir(parents=True)
    fleet = Fleet(list(targets), folder, lab.key)
    fleet.known_hosts.write_text(_known(fleet.targets, _keys(lab.known_hosts)))
    fleet.inventory.write_text(_yaml(fleet))
    fleet.pyinfra_inventory.write_text(_python(fleet))
    fleet.listed.write_text(
        json.dumps(
            {
                "user": USER,
                "key": str(fleet.key),
                "known_hosts": str(fleet.known_hosts),
                "targets": [[one.name, one.address, one.port] for one in fleet.targets],
            }
        )
    )
    fleet.lines.write_text("".join(f"{one.address} {one.port}\n" for one in fleet.targets))
    return fleet


def _keys(known_hosts: Path) -> dict[str, str]:
    """Return the key of each of a lab's hosts by its name."""
    lines = (line.split(" ", 1) for line in known_hosts.read_text().splitlines())
    return {names.partition(",")[0]: key for names, key in lines}


def _known(targets: Iterable[Target], keys: dict[str, str]) -> str:
    places = (
        (one.address if one.port == SSH_PORT else f"[{one.address}]:{one.port}", keys.get(one.lab_host))
        for one in targets
    )
    return "".join(f"{place} {key}\n" for place, key in places if key)


def _yaml(fleet: Fleet) -> str:
    hosts = {
        one.name: {"ansible_host": one.address} | ({} if one.port == SSH_PORT else {"ansible_port": one.port})
        for one in fleet.targets
    }
    variables = {
        "ansible_user": USER,
        "ansible_ssh_private_key_file": str(fleet.key),
        "ansible_ssh_common_args": f"-o UserKnownHostsFile={fleet.known_hosts}",
    }
    return yaml.safe_dump({"all": {"hosts": hosts, "vars": variables}}, sort_keys=False)


def _python(fleet: Fleet) -> str:
    common = {
        "ssh_user": USER,
        "ssh_key": str(fleet.key),
        "ssh_known_hosts_file": str(fleet.known_hosts),
    }
    entries = [
        (one.name, {"ssh_hostname": one.address, "ssh_port": one.port, **common}) for one in fleet.targets
    ]
    return f"hosts = {entries!r}\n"
