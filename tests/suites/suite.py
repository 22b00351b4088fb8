"""Which sites there are, with which options they are played, and how a host of a lab takes a site's part."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from opsflow.lab import Host, Lab
from opsflow.lab.deb import Package

from .packages import MINIDB, MINIWEB

HERE = Path(__file__).parent
SITES = HERE / "sites"

ROUNDS = {"check": ("--check",), "first": (), "second": ()}
"""The runs of a site, one after the other on the same host, with their options."""


@dataclass(frozen=True)
class Suite:
    """A playbook for one host, which the inventory names and the lab provides."""

    name: str
    directory: Path
    inventory: str = "hosts.yml"
    options: tuple[str, ...] = ()
    packages: tuple[Package, ...] = ()
    """What it installs, beside what every host of a lab can have."""

    @property
    def record(self) -> Path:
        """What ansible-core told in each round, and how it left the host."""
        return HERE / "recorded" / f"{self.name}.json"

    def arguments(self, lab: Lab, host: Host, *more: str) -> list[str]:
        """Return what follows the command, the same for both programs."""
        way = {"ansible_host": host.address, **lab.variables}
        chosen = [*self.options, *more]
        return ["play.yml", "-i", self.inventory, "-e", json.dumps(way), *chosen]

    def recorded(self) -> dict[str, Any]:
        return json.loads(self.record.read_text())


SUITES = [
    Suite("web", SITES / "web", packages=(MINIWEB,)),
    Suite(
        "database",
        SITES / "database",
        options=("--vault-password-file", "vault-password"),
        packages=(MINIDB,),
    ),
    Suite("hardening", SITES / "hardening"),
    Suite("users", SITES / "users"),
    *(Suite(name, SITES / "environments", f"inventories/{name}") for name in ("production", "staging")),
]
