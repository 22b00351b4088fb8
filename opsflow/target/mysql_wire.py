"""The protocol of MySQL and MariaDB: one connection, queries as texts."""

from __future__ import annotations

import struct

from opsflow.target import mysql_auth
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.database_socket import Stream

_LONG_PASSWORD, _LONG_FLAG, _WITH_DATABASE, _PROTOCOL_41 = 0x1, 0x4, 0x8, 0x200
_TLS, _TRANSACTIONS, _SECURE, _MULTI_RESULTS, _PLUGINS = 0x800, 0x2000, 0x8000, 0x20000, 0x80000
_ABILITIES = _LONG_PASSWORD | _LONG_FLAG | _PROTOCOL_41 | _TRANSACTIONS | _SECURE | _MULTI_RESULTS | _PLUGINS
_MORE_RESULTS, _NO_BACKSLASH = 0x8, 0x200
_UTF8MB4 = 45
_WHOLE = 0xFFFFFF  # a packet of this size goes on in the next


class MyError(Fail):
    """What the server says is wrong, with its number."""

    def __init__(self, number: int, text: str) -> None:
        Fail.__init__(self, '(%d, "%s")' % (number, text))
        self.number = number
        self.text = text


class Column:
    """A column of an answer: its name, and the number of its type."""

    def __init__(self, name: str, kind: int) -> None:
        self.name = name
        self.kind = kind


class Result:
    """What a statement gave: `count` is of rows that were returned or changed."""

    def __init__(
        self, columns: list[Column], rows: list[list[bytes | None]], count: int, warned: int
    ) -> None:
        self.columns = columns
        self.rows = rows
        self.count = count
        self.warned = warned


class Wire:
    """One connection to a server. `safe`: nobody can listen."""

    def __init__(self, stream: Stream, host: str) -> None:
        self.stream = stream
        self.host = host
        self.safe = stream.place.startswith("/")
        self.sequence = 0
        self.status = 0

    def start(self, user: str, password: str, database: str, tls: Any = None) -> None:
        """Log in, by TLS where its context is given. Raises MyError and Fail."""
        greeting = self.read()
        if greeting[:1] == b"\xff":
            raise self._error(greeting)
        if greeting[:1] != b"\x0a":
            raise Fail("%s: this is no MySQL server" % self.stream.place)
        nonce, plugin, abilities = _greeting(greeting)
        wanted = _ABILITIES | (_WITH_DATABASE if database else 0) | (_TLS if tls else 0)
        head = struct.pack("<IIB23x", wanted, 1 << 24, _UTF8MB4)
        if tls:
            if not abilities & _TLS:
                raise Fail("the server does not speak TLS, which was asked for")
            self.send(head)
            self.stream.secure(tls, self.host)
            self.safe = True
        secret = password.encode("utf-8", "surrogateescape")
        answer = mysql_auth.first(plugin, secret, nonce, self.safe)
        body = head + user.encode("utf-8", "surrogateescape") + b"\0" + bytes([len(answer)]) + answer
        self.send(body + (database.encode() + b"\0" if database else b"") + plugin.encode() + b"\0")
        self._authenticate(plugin, secret, nonce)
        self.stream.deadline = None

    def _authenticate(self, plugin: str, password: bytes, nonce: bytes) -> None:
        while True:
            answer = self.read()
            kind = answer[:1]
            if kind == b"\xff":
                raise self._error(answer)
            if kind == b"\0":
                self.status = _ok(answer)[1]
                return
            if kind == b"\xfe":
                name, _, rest = answer[1:].partition(b"\0")
                plugin, nonce = name.decode(), rest[:20] or nonce
                self.send(mysql_auth.first(plugin, password, nonce, self.safe))
            else:
                mysql_auth.more(self, plugin, password, nonce, answer[1:] if kind == b"\1" else answer)

    @property
    def escapes(self) -> bool:
        """Whether a backslash in a literal means something."""
        return not self.status & _NO_BACKSLASH

    def query(self, text: str) -> Result:
        """Run a statement; return its first answer. Raises MyError."""
        self.sequence = 0
        self.send(b"\x03" + text.encode("utf-8", "surrogateescape"))
        first = self._result()
        while self.status & _MORE_RESULTS:
            self._result()
        return first

    def _result(self) -> Result:
        head = self.read()
        if head[:1] == b"\xfb":  # LOAD DATA LOCAL: there is nothing of ours to load
            self.send(b"")
            head = self.read()
        if head[:1] == b"\xff":
            raise self._error(head)
        if head[:1] == b"\0":
            count, self.status, warned = _ok(head)
            return Result([], [], count, warned)
        columns = [_column(self.read()) for _ in range(_number(head, 0)[0])]
        self.read()  # the end of the columns
        rows: list[list[bytes | None]] = []
        while True:
            row = self.read()
            if row[:1] == b"\xff":
                raise self._error(row)
            if row[:1] == b"\xfe" and len(row) < 9:
                warned, self.status = struct.unpack("<HH", row[1:5])
                return Result(columns, rows, len(rows), warned)
            rows.append(_row(row, len(columns)))

    def _error(self, data: bytes) -> MyError:
        self.status = 0
        text = data[3:].decode("utf-8", "replace")
        return MyError(struct.unpack("<H", data[1:3])[0], text[6:] if text[:1] == "#" else text)

    def read(self) -> bytes:
        """Return the next packet. Raises Lost."""
        data = b""
        while True:
            head = self.stream.read(4)
            size = struct.unpack("<I", head[:3] + b"\0")[0]
            self.sequence = (head[3] + 1) % 256
            data += self.stream.read(size)
            if size < _WHOLE:
                return data

    def send(self, data: bytes) -> None:
        """Send a packet. Raises Lost."""
        while True:
            piece, data = data[:_WHOLE], data[_WHOLE:]
            self.stream.write(struct.pack("<I", len(piece))[:3] + bytes([self.sequence]) + piece)
            self.sequence = (self.sequence + 1) % 256
            if len(piece) < _WHOLE:
                return

    def end(self) -> None:
        """Say goodbye."""
        self.sequence = 0
        self.send(b"\x01")
        self.stream.close()


def _greeting(data: bytes) -> tuple[bytes, str, int]:
    """Return the server's challenge, the way of logging in that it begins with, and what it is able to do."""
    at = data.index(b"\0", 1) + 5
    nonce = data[at : at + 8]
    low, _, _, high = struct.unpack("<HBHH", data[at + 9 : at + 16])
    size = max(13, data[at + 16] - 8)
    rest = at + 27
    nonce += data[rest : rest + size - 1]
    plugin = data[rest + size :].partition(b"\0")[0]
    return nonce, plugin.decode() or "mysql_native_password", low | high << 16


def _number(data: bytes, at: int) -> tuple[int, int]:
    """Return a number of variable length, and where it ends."""
    first = data[at]
    if first < 0xFB:
        return first, at + 1
    size = {0xFC: 2, 0xFD: 3}.get(first, 8)
    return int.from_bytes(data[at + 1 : at + 1 + size], "little"), at + 1 + size


def _text(data: bytes, at: int) -> tuple[bytes, int]:
    size, at = _number(data, at)
    return data[at : at + size], at + size


def _ok(data: bytes) -> tuple[int, int, int]:
    """Return how many rows were changed, the status, and the number of warnings."""
    count, at = _number(data, 1)
    _, at = _number(data, at)
    status, warned = struct.unpack("<HH", data[at : at + 4])
    return count, status, warned


def _column(data: bytes) -> Column:
    parts: list[bytes] = []
    at = 0
    for _ in range(6):
        part, at = _text(data, at)
        parts.append(part)
    return Column(parts[4].decode("utf-8", "replace"), data[at + 7])


def _row(data: bytes, size: int) -> list[bytes | None]:
    row: list[bytes | None] = []
    at = 0
    for _ in range(size):
        if data[at] == 0xFB:
            row.append(None)
            at += 1
        else:
            value, at = _text(data, at)
            row.append(value)
    return row
