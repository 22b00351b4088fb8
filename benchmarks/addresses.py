"""More addresses of lab hosts, so that a few hosts answer as many."""

from __future__ import annotations

from opsflow.lab import Lab
from opsflow.lab.process import run

from .fleet import Target

MOST = 250
"""Addresses of a lab host."""


def targets(lab: Lab, count: int) -> list[Target]:
    """Give each lab host as many addresses as needed and return `count` hosts; sshd listens on all of them.

    They are routed by way of the host's own address: with a neighbour each the kernel's table would overflow.
    They go with the lab.

    Raises:
        ValueError: the lab has too few hosts.
        LabError: `ip` failed.
    """
    each = -(-count // len(lab.hosts))
    if each > MOST:
        raise ValueError(f"{count} addresses need at least {-(-count // MOST)} lab hosts")
    first = 128 + lab.network.number % 128
    found: list[Target] = []
    for index, host in enumerate(lab.hosts):
        addresses = [f"10.{first}.{index}.{number}" for number in range(1, each + 1)]
        run(["ip", "route", "replace", f"10.{first}.{index}.0/24", "via", host.address])
        inside = "".join(f"address replace {address}/32 dev lo\n" for address in addresses)
        run(["ip", "-n", lab.network.namespace(host.name), "-batch", "-"], text=inside)
        found += [
            Target(f"{host.name}-{number}", address, host.name) for number, address in enumerate(addresses, 1)
        ]
    return found[:count]
