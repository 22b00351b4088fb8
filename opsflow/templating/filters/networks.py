"""Filters of the collection ansible.utils on networks, hosts in them and hardware addresses."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable
from typing import Any

from opsflow.templating.kinds import is_list, type_name

from .net import parse, usable

COLLECTION = "ansible.utils"

Interface = ipaddress.IPv4Interface | ipaddress.IPv6Interface
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def ipsubnet(value: Any, query: Any = "", index: Any = None) -> Any:
    """Return the network of an address, or what `query` asks of its subnets.

    Args:
        value: an address or network.
        query: a prefix's length: how many such subnets the network has, or the network of that size around
            an address; or a network: the place (from 1) of the value among its subnets of the same size.
        index: which of the subnets (or larger networks) to return.
    """
    address = parse(value)
    if address is None:
        return False
    network, query = address.network, str(query)
    if not query:
        return str(network)
    if not query.isdigit():
        return _rank(network, query)
    size = int(query)
    if size > network.max_prefixlen:
        return False
    if network.prefixlen == network.max_prefixlen:
        return _around(network, size, index)
    return _within(network, size, index)


def _around(network: Network, size: int, index: Any) -> Any:
    """Return a network around an address: of `size`, or so many bits smaller as `index` says."""
    number = 0 if index is None else int(index)
    prefix = size + number if number >= 0 else network.max_prefixlen + number
    return str(network.supernet(new_prefix=prefix)) if size <= prefix < network.max_prefixlen else False


def _within(network: Network, size: int, index: Any) -> Any:
    """Return how many subnets of `size` a network has, or one of them."""
    if size < network.prefixlen:
        if index is None:
            raise ValueError(f"{network} is smaller than a subnet of size {size}")
        return False
    count = 2 ** (size - network.prefixlen)
    if index is None:
        return str(count)
    number = int(index) + (count if int(index) < 0 else 0)
    if not 0 <= number < count:
        return False
    first = int(network.network_address) + (number << (network.max_prefixlen - size))
    return f"{type(network.network_address)(first)}/{size}"


def _rank(network: Network, query: str) -> str:
    outer = parse(query)
    if outer is None:
        raise ValueError(f"'{query}' is neither an address nor a network")
    if not _inside(network, outer.network):
        raise ValueError(f"{network} is not in the subnet {outer.network}")
    distance = int(network.network_address) - int(outer.network.network_address)
    return str((distance >> (network.max_prefixlen - network.prefixlen)) + 1)


def ipmath(value: Any, amount: Any) -> str:
    """Return the address that lies `amount` after (or before) another."""
    if not isinstance(amount, int):
        raise TypeError(f"the amount is a whole number, not {type_name(amount)}")
    return str(_address(value).ip + amount)


def nthhost(value: Any, query: Any = "") -> Any:
    """Return the address at a place of a network; the first is 0, the last -1."""
    address = parse(value)
    try:
        return False if address is None or query == "" else str(address.network[int(query)])
    except (ValueError, IndexError):
        return False


def next_nth_usable(value: Any, offset: Any) -> Any:
    """Return the address that lies `offset` after another, None if the network has no such host."""
    if not isinstance(offset, int):
        raise TypeError(f"the offset is a whole number, not {type_name(offset)}")
    address = parse(value)
    if address is None:
        return False
    network = address.network
    if network.num_addresses == 1:
        return None
    place = int(address.ip) + offset - int(network.network_address)
    first, last = usable(address)
    return str(network[place]) if first <= place <= last else None


def previous_nth_usable(value: Any, offset: Any) -> Any:
    """Return the address that lies `offset` before another, None if the network has no such host."""
    if not isinstance(offset, int):
        raise TypeError(f"the offset is a whole number, not {type_name(offset)}")
    return next_nth_usable(value, -offset)


def network_in_network(value: Any, test: Any) -> bool:
    """Tell whether an address or network lies within a network."""
    return _inside(_address(test).network, _address(value).network)


def network_in_usable(value: Any, test: Any) -> bool:
    """Tell whether an address or network lies within what hosts of a network may use."""
    outer, inner = _address(value), _address(test).network
    first, last = (int(outer.network[place]) for place in usable(outer))
    same = outer.version == inner.version
    return same and first <= int(inner.network_address) and int(inner.broadcast_address) <= last


def reduce_on_network(values: Iterable[Any], network: Any) -> list[Any]:
    """Return those addresses of a list that lie within a network."""
    return [value for value in values if network_in_network(network, value)]


def usable_range(network: Any) -> dict[str, Any]:
    """Return all addresses of a network, and how many they are."""
    found = ipaddress.ip_network(str(network))
    return {"usable_ips": [str(one) for one in found], "number_of_ips": found.num_addresses}


def cidr_merge(values: Any, action: str = "merge") -> Any:
    """Return networks with neighbours joined (merge), or the smallest that holds them all (span)."""
    if not is_list(values):
        raise TypeError(f"needs a list, not {type_name(values)}")
    networks = [_address(value).network for value in values]
    if action == "merge":
        return [str(one) for version in (4, 6) for one in _joined(networks, version)]
    if action != "span":
        raise ValueError(f"the action is merge or span, not '{action}'")
    if not networks:
        return None
    wide = networks[0]
    while not all(_inside(network, wide) for network in networks):
        wide = wide.supernet()
    return str(wide)


def _joined(networks: list[Network], version: int) -> Iterable[Network]:
    return ipaddress.collapse_addresses([one for one in networks if one.version == version])  # type: ignore[type-var]


def ip4_hex(value: Any, delimiter: str = "") -> str:
    """Return an IPv4 address as hexadecimal bytes."""
    return (
        ipaddress.IPv4Address(str(value)).packed.hex(delimiter)
        if delimiter
        else (ipaddress.IPv4Address(str(value)).packed.hex())
    )


def ipv6form(value: Any, format: str) -> str:
    """Return an IPv6 address in another form: expand, compress or x509."""
    address = ipaddress.ip_address(str(value))
    if format == "x509":
        return ":".join(f"{int(part, 16):x}" for part in address.exploded.split(":"))
    if format not in ("expand", "compress"):
        raise ValueError(f"the format is expand, compress or x509, not '{format}'")
    return address.exploded if format == "expand" else address.compressed


def slaac(value: Any, query: Any = "") -> Any:
    """Return the address that a host with the hardware address `query` gives itself in an IPv6 network."""
    address, mac = parse(value), _mac(query)
    if address is None or address.version != 6 or mac is None:
        return False
    high, low = divmod(mac, 1 << 24)
    interface = (high ^ (0x02 << 16)) << 40 | 0xFFFE << 24 | low
    return str(ipaddress.IPv6Address(int(address.network.network_address) + interface))


def hwaddr(value: Any, query: str = "") -> Any:
    """Return a hardware address if it is one, or in the form that `query` names."""
    mac = _mac(value)
    if query not in _FORMS and query not in ("", "bool", "int"):
        raise ValueError(f"there is no form '{query}'; there are bool, int, {', '.join(_FORMS)}")
    if mac is None:
        if query in ("", "bool"):
            return None
        raise ValueError(f"'{value}' is no hardware address")
    if query in ("", "bool"):
        return value if query == "" else True
    return mac if query == "int" else _FORMS[query](f"{mac:012x}")


def _mac(value: Any) -> int | None:
    text = str(value).strip()
    if not re.fullmatch(r"[0-9A-Fa-f]{1,2}([:-][0-9A-Fa-f]{1,2}){5}|([0-9A-Fa-f]{4}\.){2}[0-9A-Fa-f]{4}"
                        r"|[0-9A-Fa-f]{12}|[0-9A-Fa-f]{6}[:-][0-9A-Fa-f]{6}", text):  # fmt: skip
        return None
    parts = re.split("[:.-]", text)
    return int("".join(part.rjust(12 // len(parts), "0") for part in parts), 16)


def _cut(digits: str, size: int, separator: str) -> str:
    return separator.join(digits[place : place + size] for place in range(0, len(digits), size))


def _short_bytes(digits: str) -> str:
    return ":".join(f"{int(part, 16):x}" for part in _cut(digits, 2, ":").split(":"))


_FORMS: dict[str, Callable[[str], str]] = {
    "bare": str.upper,
    "cisco": lambda digits: _cut(digits, 4, "."),
    "eui48": lambda digits: _cut(digits, 2, "-").upper(),
    "linux": lambda digits: _cut(digits, 2, ":"),
    "pgsql": lambda digits: _cut(digits, 6, ":"),
    "postgresql": lambda digits: _cut(digits, 6, ":"),
    "psql": lambda digits: _cut(digits, 6, ":"),
    "unix": _short_bytes,
    "win": lambda digits: _cut(digits, 2, "-").upper(),
}


def _address(value: Any) -> Interface:
    address = parse(value)
    if address is None:
        raise ValueError(f"'{value}' is no address")
    return address


def _inside(inner: Network, outer: Network) -> bool:
    return inner.version == outer.version and inner.subnet_of(outer)  # pyright: ignore[reportArgumentType] versions are equal


FILTERS: dict[str, Callable[..., Any]] = {
    "cidr_merge": cidr_merge,
    "hwaddr": hwaddr,
    "ip4_hex": ip4_hex,
    "ipmath": ipmath,
    "ipsubnet": ipsubnet,
    "ipv6form": ipv6form,
    "macaddr": hwaddr,
    "network_in_network": network_in_network,
    "network_in_usable": network_in_usable,
    "next_nth_usable": next_nth_usable,
    "nthhost": nthhost,
    "previous_nth_usable": previous_nth_usable,
    "reduce_on_network": reduce_on_network,
    "slaac": slaac,
    "usable_range": usable_range,
}
