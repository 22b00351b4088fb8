"""What a person gets of a lab: an SSH key, a known_hosts file, an inventory."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .model import Host
from .process import run

USER = "ops"
HEADER = "# Written by 'opsflow lab up'. These hosts live on this machine until 'opsflow lab down'.\n"


@dataclass(frozen=True, slots=True)
class UserFiles:
    """The files below a lab's directory."""

    directory: Path

    @property
    def key(self) -> Path:
        """The private key that logs in as `ops` on all hosts."""
        return self.directory / "key"

    @property
    def known_hosts(self) -> Path:
        """The hosts' public keys, by name and address."""
        return self.directory / "known_hosts"

    @property
    def inventory(self) -> Path:
        """The YAML inventory."""
        return self.directory / "inventory.yml"

    def make_key(self) -> str:
        """Make the key, unless it is there, and return the public line."""
        public = self.key.with_suffix(".pub")
        if not public.exists():
            self.key.unlink(missing_ok=True)
            run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "opsflow-lab", "-f", self.key])
        return public.read_text()

    def write(self, keys: Mapping[Host, str]) -> None:
        """Write inventory and known_hosts for hosts with these public keys."""
        lines = [f"{host.name},{host.address} {key}\n" for host, key in keys.items()]
        self.known_hosts.write_text("".join(lines))
        self.inventory.write_text(self._inventory(keys))
        _give_to_caller([self.key, self.key.with_suffix(".pub"), self.known_hosts, self.inventory])

    def ssh_options(self) -> list[str]:
        """Return OpenSSH's options for a login as a program does it: no questions, no surprises."""
        options = ["-F", "none", "-i", str(self.key), "-o", f"UserKnownHostsFile={self.known_hosts}"]
        return [
            *options,
            "-o",
            "StrictHostKeyChecking=yes",
            "-o",
            "IdentitiesOnly=yes",
            "-o",
            "LogLevel=ERROR",
        ]

    def variables(self) -> dict[str, Any]:
        """Return the variables of an inventory that say how to log in, but for the address."""
        return {
            "ansible_user": USER,
            "ansible_ssh_private_key_file": str(self.key),
            "ansible_ssh_common_args": f"-F none -o UserKnownHostsFile={self.known_hosts}",
            "ansible_timeout": _GREETING,
        }

    def _inventory(self, hosts: Iterable[Host]) -> str:
        import yaml

        groups: dict[str, dict[str, object]] = {"debian": {}, "ubuntu": {}}
        for host in hosts:
            groups[host.identity][host.name] = {"ansible_host": host.address}
        children = {name: {"hosts": members} for name, members in groups.items()}
        tree = {"lab": {"children": children, "vars": self.variables()}}
        return HEADER + yaml.safe_dump(tree, sort_keys=False)


_GREETING = 30
"""Seconds that a host has to greet: one that others boot beside, on the same few cores, may be late."""


def _give_to_caller(paths: Iterable[Path]) -> None:
    """Under sudo, let the person who typed the command own the files: SSH refuses others' keys."""
    if "SUDO_UID" in os.environ:
        for path in paths:
            shutil.chown(path, int(os.environ["SUDO_UID"]), int(os.environ.get("SUDO_GID", "-1")))
