"""Addresses of version 4 and what is beside them."""

from __future__ import annotations

import ipaddress
import re
import struct
from socket import inet_aton, inet_ntoa

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

VALID_MASKS = [2**8 - 2**i for i in range(9)]
_MAC = re.compile(r"^[0-9a-f]{2}([-:])[0-9a-f]{2}(\1[0-9a-f]{2}){4}$", re.IGNORECASE)


def is_netmask(val: Any) -> bool:
    """Tell whether a text is a mask such as 255.255.255.0."""
    parts = str(val).split(".")
    try:
        return len(parts) == 4 and all(int(part) in VALID_MASKS for part in parts)
    except ValueError:
        return False


def is_masklen(val: Any) -> bool:
    """Tell whether a value is the length of a mask."""
    try:
        return 0 <= int(val) <= 32
    except ValueError:
        return False


def to_netmask(val: Any) -> str:
    """Return the mask of a length. Raises ValueError."""
    if not is_masklen(val):
        raise ValueError("invalid value for masklen")
    bits = (0xFFFFFFFF << (32 - int(val))) & 0xFFFFFFFF
    return inet_ntoa(struct.pack(">I", bits))


def to_masklen(val: Any) -> int:
    """Return the length of a mask. Raises ValueError."""
    if not is_netmask(val):
        raise ValueError("invalid value for netmask: %s" % val)
    return sum(bin(int(part)).count("1") for part in val.split("."))


def to_bits(val: str) -> str:
    """Return an address or mask as ones and zeros."""
    return "".join("{:08b}".format(byte) for byte in inet_aton(val))


def to_subnet(addr: str, mask: Any, dotted_notation: bool = False) -> str:
    """Return the network of an address, with the mask's length or the mask. Raises ValueError."""
    length = int(mask) if is_masklen(mask) else to_masklen(mask)
    network = ipaddress.ip_network("%s/%d" % (addr, length), strict=False)
    if dotted_notation:
        return "%s %s" % (network.network_address, network.netmask)
    return str(network)


def to_ipv6_network(addr: str) -> str:
    """Return the first three groups of an address of version 6."""
    groups = ipaddress.ip_address(addr).exploded.split(":")[:3]
    return "%s::" % ":".join(group.lstrip("0") or "0" for group in groups)


def to_ipv6_subnet(addr: str) -> str:
    """Return the first four groups of an address of version 6."""
    groups = ipaddress.ip_address(addr).exploded.split(":")[:4]
    return "%s::" % ":".join(group.lstrip("0") or "0" for group in groups)


def is_mac(mac_address: Any) -> bool:
    """Tell whether a text is the address of a network card."""
    return bool(_MAC.match(str(mac_address)))
