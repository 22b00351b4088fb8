"""DER, the form in which keys, requests and certificates are written: reading and writing it, and PEM."""

from __future__ import annotations

import base64
import binascii
import re

from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

INTEGER, BITS, OCTETS, NULL, OID, UTF8, SEQUENCE, SET = 2, 3, 4, 5, 6, 12, 0x30, 0x31
PRINTABLE, IA5 = 19, 22
_PEM = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----\s*(.*?)-----END \1-----", re.DOTALL)


class Node:
    """A value: its tag, its content, and all of it as it was written."""

    def __init__(self, tag: int, content: bytes, raw: bytes) -> None:
        self.tag = tag
        self.content = content
        self.raw = raw

    @property
    def children(self) -> list[Node]:
        """The values inside. Raises Fail."""
        found: list[Node] = []
        rest = self.content
        while rest:
            node = read(rest)
            found.append(node)
            rest = rest[len(node.raw) :]
        return found

    @property
    def number(self) -> int:
        return int.from_bytes(self.content, "big", signed=True)

    @property
    def oid(self) -> str:
        """The dotted form of an object identifier."""
        parts: list[int] = []
        value = 0
        for byte in bytearray(self.content):
            value = value << 7 | byte & 0x7F
            if not byte & 0x80:
                parts.append(value)
                value = 0
        first = min(parts[0] // 40, 2)
        return ".".join(map(str, [first, parts[0] - 40 * first, *parts[1:]]))

    @property
    def text(self) -> str:
        encoding = "utf-16-be" if self.tag == 30 else "utf-8"
        return self.content.decode(encoding, "replace")


def read(data: bytes) -> Node:
    """Return the value at the beginning of `data`. Raises Fail when there is none."""
    try:
        size, start = data[1], 2
        if size & 0x80:
            start += size & 0x7F
            size = int.from_bytes(data[2:start], "big")
        tag, _ = data[0], data[start + size - 1]
    except IndexError:
        raise Fail("the data ends within a value: it is damaged") from None
    return Node(tag, data[start : start + size], data[: start + size])


def write(tag: int, *parts: bytes) -> bytes:
    """Return a value with a tag and the content of all parts."""
    content = b"".join(parts)
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content


def sequence(*parts: bytes) -> bytes:
    return write(SEQUENCE, *parts)


def integer(value: int) -> bytes:
    return write(INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))


def oid(dotted: str) -> bytes:
    """Return an object identifier. Raises Fail when the text is none."""
    if not re.match(r"[012](\.\d+)+$", dotted):
        raise Fail("'%s' is no object identifier" % dotted)
    parts = [int(part) for part in dotted.split(".")]
    content = b""
    for value in [parts[0] * 40 + parts[1], *parts[2:]]:
        group = [value & 0x7F]
        while value > 0x7F:
            value >>= 7
            group.insert(0, value & 0x7F | 0x80)
        content += bytes(group)
    return write(OID, content)


def bits(content: bytes, unused: int = 0) -> bytes:
    return write(BITS, bytes([unused]), content)


def named_bits(positions: Iterable[int]) -> bytes:
    """Return a string of bits in which those at these positions are set, as short as it can be."""
    wanted = sorted(positions)
    if not wanted:
        return bits(b"")
    content = bytearray(wanted[-1] // 8 + 1)
    for position in wanted:
        content[position // 8] |= 0x80 >> position % 8
    return bits(bytes(content), 7 - wanted[-1] % 8)


def pem(kind: str, data: bytes) -> bytes:
    """Return data in PEM: `-----BEGIN KIND-----` and so on."""
    encoded = base64.b64encode(data).decode()
    lines = [encoded[at : at + 64] for at in range(0, len(encoded), 64)]
    return ("-----BEGIN %s-----\n%s\n-----END %s-----\n" % (kind, "\n".join(lines), kind)).encode()


def from_pem(text: bytes, *kinds: str) -> bytes:
    """Return what the first block of one of these kinds holds. Raises Fail when there is none."""
    for found in _PEM.finditer(text):
        if found.group(1).decode() in kinds:
            try:
                return base64.b64decode(found.group(2))
            except binascii.Error:
                raise Fail("the %s is damaged" % found.group(1).decode()) from None
    raise Fail("there is no %s in it" % kinds[0])
