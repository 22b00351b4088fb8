"""A lab's bridge and addresses, and the network namespace of each host.

Lab number N has the bridge `opsflowN` with the network 10.77.N.0/24. The kernel is the register: a number
is taken when its bridge exists, and the bridge's alias says whose it is. So labs of several state
directories do not collide, and a crashed `up` is found again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from .errors import LabError
from .process import locked, run

ALLOCATION_LOCK = Path("/run/lock/opsflow-lab-network.lock")
INTERFACES = Path("/sys/class/net")
NAMESPACES = Path("/run/netns")
FIRST_HOST = 11  # .1 is the bridge; the rest below is left for people
MAX_HOSTS = 240


@dataclass(frozen=True, slots=True)
class Network:
    """The names and addresses of lab number `number`."""

    number: int

    @property
    def bridge(self) -> str:
        """The bridge's interface name."""
        return f"opsflow{self.number}"

    @property
    def gateway(self) -> str:
        """The bridge's own address, where the lab's package repository listens."""
        return f"10.77.{self.number}.1"

    def address(self, index: int) -> str:
        """Return the address of a host by its index, from 0."""
        return f"10.77.{self.number}.{FIRST_HOST + index}"

    def namespace(self, host: str) -> str:
        """Return the name of a host's network namespace."""
        return f"{self.bridge}-{host}"

    def attach(self, host: str, address: str) -> None:
        """Make a host's namespace with its interface on the bridge: a new one, without an old firewall."""
        namespace, port = self.namespace(host), f"ofl{self.number}-{address.rsplit('.', 1)[1]}"
        if (INTERFACES / port).exists():  # at once: that of the namespace's end comes a moment later
            run(["ip", "link", "delete", port])
        self.detach(host)
        run(["ip", "netns", "add", namespace])
        outside = [
            f"link add {port} type veth peer name eth0 address {_hardware(address)} netns {namespace}",
            f"link set {port} master {self.bridge} up",
        ]
        inside = [
            "link set lo up",
            f"address add {address}/24 dev eth0",
            "link set eth0 up",
            f"route add default via {self.gateway}",
        ]
        run(["ip", "-batch", "-"], text="\n".join(outside) + "\n")
        run(["ip", "-n", namespace, "-batch", "-"], text="\n".join(inside) + "\n")
        # A new namespace forwards where its parent does, as one that runs containers; a new host does not.
        forward = "echo 0 >/proc/sys/net/ipv4/ip_forward"
        run(["ip", "netns", "exec", namespace, "sh", "-c", forward])

    def detach(self, host: str) -> None:
        """Remove a host's namespace and interface, if there."""
        if (NAMESPACES / self.namespace(host)).exists():
            run(["ip", "netns", "delete", self.namespace(host)])

    def hosts(self) -> list[str]:
        """Return the names of all hosts that have a namespace."""
        prefix = f"{self.bridge}-"
        return sorted(path.name.removeprefix(prefix) for path in NAMESPACES.glob(prefix + "*"))

    def remove(self) -> None:
        """Remove the namespaces of all hosts and the bridge."""
        for host in self.hosts():
            self.detach(host)
        if (INTERFACES / self.bridge).exists():
            run(["ip", "link", "delete", self.bridge])


def _hardware(address: str) -> str:
    """Return an address below IP: with the same one after a restart all neighbours still know the host."""
    return ":".join(["02", "00", *(f"{int(part):02x}" for part in address.split("."))])


def find(owner: Path) -> Network | None:
    """Return the network that the lab in this directory holds now, or None."""
    for alias in INTERFACES.glob("opsflow*/ifalias"):
        number = re.fullmatch(r"opsflow(\d+)", alias.parent.name)
        if number and alias.read_text().strip() == str(owner):
            return Network(int(number[1]))
    return None


def claim(owner: Path, preferred: int | None, reserved: Collection[int]) -> Network:
    """Give a lab its network and make the bridge.

    Args:
        owner: the lab's directory.
        preferred: the number it had before, which its hosts' addresses depend on; None for a new lab.
        reserved: numbers of labs that are known but not running.

    Raises:
        LabError: the preferred number, or each number, is taken.
    """
    with locked(ALLOCATION_LOCK):
        found = find(owner)
        if found:
            return found
        taken = _taken()
        if preferred is None:
            network = _first_free(taken | set(reserved))
        elif preferred in taken:
            raise LabError(
                f"the network 10.77.{preferred}.0/24 of the lab '{owner.name}' is in use by something else",
                hint="remove the lab with 'opsflow lab down' and bring it up again: it gets another network",
            )
        else:
            network = Network(preferred)
        _make_bridge(network, owner)
        return network


def _taken() -> set[int]:
    routes: list[dict[str, object]] = json.loads(run(["ip", "-j", "-4", "route", "show", "table", "all"]))
    used = [re.match(r"10\.77\.(\d+)\.", str(route.get("dst"))) for route in routes]
    bridges = [re.fullmatch(r"opsflow(\d+)", path.name) for path in INTERFACES.iterdir()]
    return {int(match[1]) for match in (*used, *bridges) if match}


def _first_free(taken: Collection[int]) -> Network:
    for number in range(256):
        if number not in taken:
            return Network(number)
    raise LabError("all 256 networks in 10.77.0.0/16 are taken", hint="remove labs with 'opsflow lab down'")


def _make_bridge(network: Network, owner: Path) -> None:
    # With a forward delay of zero a port carries traffic at once, and not after 15 seconds.
    run(["ip", "link", "add", network.bridge, "type", "bridge", "forward_delay", "0"])
    run(["ip", "link", "set", network.bridge, "alias", str(owner)])
    run(["ip", "address", "add", f"{network.gateway}/24", "dev", network.bridge])
    run(["ip", "link", "set", network.bridge, "up"])
