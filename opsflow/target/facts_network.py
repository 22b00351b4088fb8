"""Facts about interfaces, addresses and default routes."""

from __future__ import annotations

import ipaddress
import os
import socket

from opsflow.target.facts import names, read
from opsflow.target.netlink import addresses, reachable_here, route_to

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.facts import Gather
    from opsflow.target.netlink import Address

    Facts = dict[str, Any]

_SYS = "/sys/class/net"
_TYPES = {"1": "ether", "32": "infiniband", "512": "ppp", "772": "loopback", "65534": "tunnel"}
_PROMISCUOUS = 0x100
# Addresses of the internet, for asking the kernel which way it would go; the ones that Ansible asks for.
_FAR_IPV4 = "8.8.8.8"
_FAR_IPV6 = "2404:6800:400a:800::1012"


def network(gather: Gather) -> Facts:
    """Return the interfaces with their addresses, and the default ones."""
    interfaces = {name: _interface(name) for name in os.listdir(_SYS) if os.path.isdir(_path(name))}
    default4, default6 = route_to(_FAR_IPV4), route_to(_FAR_IPV6)
    every: dict[int, list[str]] = {socket.AF_INET: [], socket.AF_INET6: []}
    for address in addresses():
        device = _device(address)
        if address.family == socket.AF_INET:
            shown = _add_ipv4(interfaces, device, address)
            _complete(default4, interfaces.get(device, {}), shown, address.label or device)
        else:
            shown = {"address": address.address, "prefix": str(address.prefix), "scope": address.scope}
            interfaces.setdefault(device, {}).setdefault("ipv6", []).append(shown)
            _complete(default6, interfaces.get(device, {}), shown)
        if address.address != "::1" and not address.address.startswith("127."):
            every[address.family].append(address.address)
    facts: Facts = {
        "interfaces": list(interfaces),
        "default_ipv4": default4,
        "default_ipv6": default6,
        "all_ipv4_addresses": every[socket.AF_INET],
        "all_ipv6_addresses": every[socket.AF_INET6],
        "locally_reachable_ips": {
            "ipv4": reachable_here(socket.AF_INET),
            "ipv6": reachable_here(socket.AF_INET6),
        },
    }
    facts.update((_fact_name(name), facts_of) for name, facts_of in interfaces.items())
    return facts


def _path(*parts: str) -> str:
    return os.path.join(_SYS, *parts)


def _fact_name(interface: str) -> str:
    return interface.replace("-", "_").replace(":", "_")


def _device(address: Address) -> str:
    try:
        return socket.if_indextoname(address.index)
    except OSError:  # it went away since
        return address.label.partition(":")[0]


def _interface(name: str) -> Facts:
    """Return what /sys tells about an interface."""
    facts: Facts = {"device": name}
    mac = read(_path(name, "address"))
    if mac and mac != "00:00:00:00:00:00":
        facts["macaddress"] = mac
    mtu = read(_path(name, "mtu"))
    if mtu:
        facts["mtu"] = int(mtu)
    operstate = read(_path(name, "operstate"))
    if operstate:
        facts["active"] = operstate != "down"
    driver = _path(name, "device", "driver", "module")
    if os.path.exists(driver):
        facts["module"] = os.path.basename(os.path.realpath(driver))
    facts["type"] = _TYPES.get(read(_path(name, "type")), "unknown")
    if os.path.isdir(_path(name, "bridge")):
        facts.update(_bridge(name))
    if os.path.isdir(_path(name, "bonding")):
        facts.update(_bond(name))
    permanent = read(_path(name, "bonding_slave", "perm_hwaddr"))
    if permanent:
        facts["perm_macaddress"] = permanent
    if os.path.exists(_path(name, "device")):
        facts["pciid"] = os.path.basename(os.path.realpath(_path(name, "device")))
    speed = read(_path(name, "speed"))
    if speed:
        facts["speed"] = int(speed)
    facts["promisc"] = bool(int(read(_path(name, "flags"), "0"), 16) & _PROMISCUOUS)
    return facts


def _bridge(name: str) -> Facts:
    return {
        "type": "bridge",
        "interfaces": names(_path(name, "brif")),
        "id": read(_path(name, "bridge", "bridge_id")),
        "stp": read(_path(name, "bridge", "stp_state")) == "1",
    }


def _bond(name: str) -> Facts:
    facts: Facts = {"type": "bonding", "slaves": read(_path(name, "bonding", "slaves")).split()}
    for key in ("mode", "miimon", "lacp_rate"):
        words = read(_path(name, "bonding", key)).split()
        if words:
            facts[key] = words[0]
    primary = read(_path(name, "bonding", "primary"))
    if primary:
        facts["primary"] = primary
    every = read(_path(name, "bonding", "all_slaves_active"))
    if every:
        facts["all_slaves_active"] = every == "1"
    return facts


def _add_ipv4(interfaces: dict[str, Facts], device: str, address: Address) -> Facts:
    """Add an IPv4 address to its interface, and to the alias (`eth0:1`) that it is labelled with."""
    prefix = 32 if address.peer else address.prefix
    net = ipaddress.ip_network("%s/%d" % (address.address, prefix), strict=False)
    shown: Facts = {
        "address": address.address,
        "broadcast": address.broadcast,
        "netmask": str(net.netmask),
        "network": str(net.network_address),
        "prefix": str(prefix),
    }
    label = address.label or device
    own = interfaces.setdefault(label, {})
    if not address.secondary and "ipv4" not in own:
        own["ipv4"] = shown
    else:
        own.setdefault("ipv4_secondaries", []).append(shown)
    if label != device:
        interfaces.setdefault(device, {}).setdefault("ipv4_secondaries", []).append(shown)
    return shown


def _complete(default: Facts, interface: Facts, shown: Facts, alias: str | None = None) -> None:
    """Add what is known of the default address to the default route, where `shown` is it."""
    if default.get("address") != shown["address"]:
        return
    default.update(shown)
    default.update((key, interface[key]) for key in ("macaddress", "mtu", "type") if key in interface)
    default.setdefault("macaddress", "unknown")
    if alias:
        default["alias"] = alias
