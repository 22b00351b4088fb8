"""Addresses and routes straight from the kernel (rtnetlink): what `ip` shows, without running it."""

from __future__ import annotations

import os
import socket
import struct

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    Attributes = dict[int, bytes]
    Message = tuple[tuple[int, ...], Attributes]

# Numbers of linux/netlink.h, linux/rtnetlink.h and linux/if_addr.h
_REQUEST, _DUMP = 0x1, 0x300
_ERROR, _DONE = 2, 3
_GET_ADDRESS, _GET_ROUTE = 22, 26
_HEADER = struct.Struct("=IHHII")
_ADDRESS = struct.Struct("=BBBBI")
_ROUTE = struct.Struct("=BBBBBBBBI")
_ATTRIBUTE = struct.Struct("=HH")
_LOCAL_TABLE, _LOCAL_TYPE = 255, 2
_SCOPES = {0: "global", 200: "site", 253: "link", 254: "host", 255: "nowhere"}


class Address:
    """An address of an interface. `label` is the name it was given (`eth0:1`), for IPv4 only."""

    def __init__(self, header: tuple[int, ...], attributes: Attributes) -> None:
        self.family, self.prefix, flags, scope, self.index = header
        self.address = _ip(self.family, attributes.get(2) or attributes.get(1, b""))
        self.broadcast = _ip(self.family, attributes.get(4, b""))
        self.label = attributes.get(3, b"").rstrip(b"\0").decode("utf-8", "replace")
        self.peer = attributes.get(1) != attributes.get(2, attributes.get(1))
        self.scope = _SCOPES.get(scope, str(scope))
        self.secondary = bool(flags & 1)


def addresses() -> list[Address]:
    """Return all addresses of all interfaces, as the kernel orders them."""
    request = _ADDRESS.pack(socket.AF_UNSPEC, 0, 0, 0, 0)
    found = [Address(*message) for message in _ask(_GET_ADDRESS, request, _ADDRESS, True)]
    return [address for address in found if address.address]


def route_to(destination: str) -> dict[str, str]:
    """Return {interface, address, gateway} of the way to an address, {} where there is none.

    The kernel looks it up; nothing is sent.
    """
    family = socket.AF_INET6 if ":" in destination else socket.AF_INET
    raw = socket.inet_pton(family, destination)
    request = _ROUTE.pack(family, len(raw) * 8, 0, 0, 0, 0, 0, 0, 0)
    request += _ATTRIBUTE.pack(_ATTRIBUTE.size + len(raw), 1) + raw
    try:
        _, attributes = next(_ask(_GET_ROUTE, request, _ROUTE, False))
        name = socket.if_indextoname(struct.unpack("=I", attributes[4])[0])
    except (OSError, StopIteration, KeyError):
        return {}
    found = {"interface": name}
    for key, number in (("address", 7), ("gateway", 5)):
        if number in attributes:
            found[key] = _ip(family, attributes[number])
    return found


def reachable_here(family: int) -> list[str]:
    """Return the addresses and networks that the kernel delivers to this host itself."""
    request = _ROUTE.pack(family, 0, 0, 0, _LOCAL_TABLE, 0, 0, 0, 0)
    found: list[str] = []
    for header, attributes in _ask(_GET_ROUTE, request, _ROUTE, True):
        _, length, _, _, table, _, _, kind, _ = header
        if table == _LOCAL_TABLE and kind == _LOCAL_TYPE and 1 in attributes:
            text = _ip(family, attributes[1])
            whole = length == len(attributes[1]) * 8
            found.append(text if whole else "%s/%d" % (text, length))
    return found


def _ask(kind: int, body: bytes, layout: struct.Struct, dump: bool) -> Iterator[Message]:
    """Send one request; yield the header and the attributes of each message of the answer."""
    flags = _REQUEST | (_DUMP if dump else 0)
    sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
    try:
        sock.settimeout(5)
        sock.bind((0, 0))
        sock.send(_HEADER.pack(_HEADER.size + len(body), kind, flags, 1, 0) + body)
        while True:
            for answer, payload in _messages(sock.recv(65536)):
                if answer == _DONE:
                    return
                if answer == _ERROR:
                    number = -struct.unpack_from("=i", payload)[0]
                    raise OSError(number, os.strerror(number))
                yield layout.unpack_from(payload), _attributes(payload[layout.size :])
                if not dump:
                    return
    finally:
        sock.close()


def _messages(data: bytes) -> Iterator[tuple[int, bytes]]:
    while len(data) >= _HEADER.size:
        length, kind = _HEADER.unpack_from(data)[:2]
        yield kind, data[_HEADER.size : length]
        data = data[_aligned(length) :]


def _attributes(data: bytes) -> Attributes:
    found: Attributes = {}
    while len(data) >= _ATTRIBUTE.size:
        length, kind = _ATTRIBUTE.unpack_from(data)
        if length < _ATTRIBUTE.size:
            break
        found[kind & 0x3FFF] = data[_ATTRIBUTE.size : length]
        data = data[_aligned(length) :]
    return found


def _aligned(length: int) -> int:
    return (length + 3) & ~3


def _ip(family: int, raw: bytes) -> str:
    return socket.inet_ntop(family, raw) if raw else ""
