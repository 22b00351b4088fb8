"""Filters on URLs and IP addresses."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus
from urllib.parse import urlsplit as parse_url

from opsflow.templating.kinds import is_list

_URL_PARTS = ("fragment", "hostname", "netloc", "password", "path", "port", "query", "scheme", "username")

if TYPE_CHECKING:
    from ipaddress import IPv4Interface, IPv6Interface

    Interface = IPv4Interface | IPv6Interface


def urlsplit(value: str, query: str = "") -> Any:
    """Return the parts of a URL as a mapping, or the one named `query`."""
    parsed = parse_url(str(value))
    if query and query not in _URL_PARTS:
        raise ValueError(f"a URL has no '{query}'; it has {', '.join(_URL_PARTS)}")
    return getattr(parsed, query) if query else {part: getattr(parsed, part) for part in _URL_PARTS}


def ipaddr(value: Any, query: Any = "", version: int | None = None) -> Any:
    """Return an address as text if it is one, or what `query` asks of it; of a list those that fit.

    Args:
        value: text such as 192.0.2.7, 192.0.2.7/24 or 2001:db8::1, or a list of them.
        query: a name from the table below, a number (that host of the network), or a network it must be in.
        version: accept only IPv4 (4) or IPv6 (6).

    Returns:
        False for what is no address; None for a question that does not fit it.
    """
    if is_list(value):
        answers = [ipaddr(item, query, version) for item in value]
        return [answer for answer in answers if answer is not None and answer is not False]
    address = parse(value)
    if address is None or (version and address.version != version):
        return False
    return _answer(address, str(query), "/" in str(value))


def ipv4(value: Any, query: Any = "") -> Any:
    """As ipaddr, for IPv4 only."""
    return ipaddr(value, query, 4)


def ipv6(value: Any, query: Any = "") -> Any:
    """As ipaddr, for IPv6 only."""
    return ipaddr(value, query, 6)


def ipwrap(value: Any) -> Any:
    """Return IPv6 addresses in brackets, as URLs need them, and all else as it is."""
    if is_list(value):
        return [ipwrap(item) for item in value]
    address = parse(value)
    return _wrap(address, "/" in str(value)) if address else value


def parse(value: Any) -> Interface | None:
    """Return an address with its network, None for what is no address."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    from ipaddress import ip_interface

    try:
        return ip_interface(value if isinstance(value, int) else str(value))
    except ValueError:
        return None


def _answer(address: Interface, query: str, has_prefix: bool) -> Any:
    if query == "":
        return str(address) if has_prefix else str(address.ip)
    if query == "wrap":
        return _wrap(address, has_prefix)
    if query in QUERIES:
        return QUERIES[query](address)
    if query.lstrip("-").isdigit():
        return _nth(address, int(query))
    from ipaddress import ip_network

    try:
        network = ip_network(query, strict=False)
    except ValueError:
        raise ValueError(f"unknown query '{query}'; there are {', '.join(QUERIES)}") from None
    inside = network.version == address.version and address.network.subnet_of(network)  # pyright: ignore[reportArgumentType] versions are equal
    return _answer(address, "", has_prefix) if inside else None


def _wrap(address: Interface, has_prefix: bool) -> str:
    suffix = f"/{address.network.prefixlen}" if has_prefix else ""
    return f"[{address.ip}]{suffix}" if address.version == 6 else f"{address.ip}{suffix}"


def _nth(address: Interface, number: int) -> str | None:
    network = address.network
    if not -network.num_addresses <= number < network.num_addresses:
        return None
    return f"{network[number]}/{network.prefixlen}"


def _size(address: Interface) -> int:
    return address.network.num_addresses


def is_network_itself(address: Interface) -> bool:
    """Tell whether an address is the first of its network, and so no host's."""
    return _size(address) > 1 and address.ip == address.network.network_address


def _address(address: Interface) -> str | None:
    # the first address of an IPv6 network, or of a /31, may be a host's
    is_host = not is_network_itself(address) or address.version == 6 or _size(address) == 2
    return str(address.ip) if is_host else None


def _host(address: Interface) -> str | None:
    return None if is_network_itself(address) else str(address)


def _net(address: Interface) -> str | None:
    return str(address.network) if is_network_itself(address) else None


def _broadcast(address: Interface) -> str | None:
    return str(address.network.broadcast_address) if _size(address) > 2 and address.version == 4 else None


def usable(address: Interface) -> tuple[int, int]:
    """Return the places of a network's first and last host."""
    size = _size(address)
    return (0, size - 1) if size <= 2 else (1, size - 2 if address.version == 4 else size - 1)


def _type(address: Interface) -> str:
    return "network" if is_network_itself(address) else "address"


QUERIES: dict[str, Callable[[Interface], Any]] = {
    "address": _address,
    "address/prefix": _host,
    "bool": lambda address: True,
    "broadcast": _broadcast,
    "first_usable": lambda address: str(address.network[usable(address)[0]]),
    "host": _host,
    "host/prefix": _host,
    "hostmask": lambda address: str(address.hostmask),
    "int": lambda address: int(address.ip),
    "ip": _address,
    "ipv4": lambda address: str(address) if address.version == 4 else None,
    "ipv6": lambda address: str(address) if address.version == 6 else None,
    "last_usable": lambda address: str(address.network[usable(address)[1]]),
    "link-local": lambda address: str(address) if address.is_link_local else None,
    "loopback": lambda address: str(address.ip) if address.is_loopback else None,
    "multicast": lambda address: str(address) if address.is_multicast else None,
    "net": _net,
    "netmask": lambda address: str(address.netmask),
    "network": lambda address: str(address.network.network_address),
    "network/prefix": lambda address: str(address.network),
    "prefix": lambda address: address.network.prefixlen,
    "private": lambda address: str(address.ip) if address.is_private else None,
    "public": lambda address: str(address.ip) if address.is_global else None,
    "range_usable": lambda address: "-".join(str(address.network[place]) for place in usable(address)),
    "revdns": lambda address: address.ip.reverse_pointer + ".",
    "size": _size,
    "size_usable": lambda address: usable(address)[1] - usable(address)[0] + 1,
    "subnet": lambda address: str(address.network),
    "type": _type,
    "version": lambda address: address.version,
    "wildcard": lambda address: str(address.hostmask),
}

FILTERS: dict[str, Callable[..., Any]] = {
    "ipaddr": ipaddr,
    "ipv4": ipv4,
    "ipv6": ipv6,
    "ipwrap": ipwrap,
    "urldecode": unquote_plus,
    "urlsplit": urlsplit,
}
