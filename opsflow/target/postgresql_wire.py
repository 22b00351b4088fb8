"""The protocol of PostgreSQL, version 3: one connection, queries in the simple form."""

from __future__ import annotations

import hashlib
import struct

from opsflow.target import scram
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from opsflow.target.database_socket import Stream

    Message = tuple[bytes, bytes]

_TLS_REQUEST = struct.pack(">II", 8, 80877103)
_CODECS = {"SQL_ASCII": "utf-8", "UTF8": "utf-8", "EUC_JIS_2004": "euc_jis_2004", "SJIS": "cp932"}


class PgError(Fail):
    """What the server says is wrong: `sqlstate` is its code, `primary` its first sentence."""

    def __init__(self, fields: Mapping[str, str], query: str = "") -> None:
        self.primary = fields.get("M", "unknown error")
        self.sqlstate = fields.get("C", "")
        Fail.__init__(self, self.primary + _pointed(fields, query) + _more(fields))


def _pointed(fields: Mapping[str, str], query: str) -> str:
    """Return the line of the query with a mark below the place."""
    if not fields.get("P", "").isdigit() or not query:
        return ""
    place = int(fields["P"]) - 1
    start = query.rfind("\n", 0, place) + 1
    line = query[start:].split("\n")[0]
    head = "LINE %d: " % (query.count("\n", 0, place) + 1)
    return "\n%s%s\n%s^" % (head, line, " " * (len(head) + place - start))


def _more(fields: Mapping[str, str]) -> str:
    names = (("D", "DETAIL"), ("H", "HINT"), ("W", "CONTEXT"))
    return "".join("\n%s:  %s" % (name, fields[key]) for key, name in names if key in fields)


class Result:
    """What a statement gave: its tag (`INSERT 0 1`), columns as (name, type's OID), rows of texts."""

    def __init__(self) -> None:
        self.tag = ""
        self.columns: list[tuple[str, int]] | None = None
        self.rows: list[list[str | None]] = []

    @property
    def count(self) -> int:
        """Rows that were returned or changed; -1 for statements that have none."""
        if self.columns is not None:
            return len(self.rows)
        word = self.tag.rpartition(" ")[2]
        return int(word) if word.isdigit() else -1


class Wire:
    """One connection to a server."""

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self.settings: dict[str, str] = {}  # that the server tells by itself
        self.key: tuple[int, int] | None = None  # by which another connection may cancel our query

    def offer_tls(self, needed: bool) -> bool:
        """Ask for TLS; tell whether the server agrees. Raises Fail where it is needed and refused."""
        self.stream.write(_TLS_REQUEST)
        agreed = self.stream.read(1) == b"S"
        if needed and not agreed:
            raise Fail("server does not support SSL, but SSL was required")
        return agreed

    def start(self, parameters: Mapping[str, str], password: str | None) -> None:
        """Log in. Raises PgError and Fail."""
        words = [text.encode("utf-8", "surrogateescape") for pair in parameters.items() for text in pair]
        body = struct.pack(">I", 196608) + b"".join(word + b"\0" for word in words) + b"\0"
        self.stream.write(struct.pack(">I", len(body) + 4) + body)
        self._authenticate(parameters["user"], password)
        self._results("")
        self.stream.deadline = None

    def _authenticate(self, user: str, password: str | None) -> None:
        login = None
        while True:
            body = self._expect(b"R")
            kind = struct.unpack(">I", body[:4])[0]
            if kind == 0:
                return
            if kind == 12 and login:
                login.verify(body[4:])
                continue
            if password is None:
                raise Fail("fe_sendauth: no password supplied")
            if kind == 10 and b"SCRAM-SHA-256\0" in body:
                login = scram.Login(password)
                first = login.first()
                self._send(b"p", b"SCRAM-SHA-256\0" + struct.pack(">I", len(first)) + first)
            elif kind == 11 and login:
                self._send(b"p", login.answer(body[4:]))
            elif kind in (3, 5):
                self._send(b"p", _plain(kind, user, password, body[4:8]) + b"\0")
            else:
                raise Fail("the server wants a way of logging in that is not there (number %d)" % kind)

    @property
    def codec(self) -> str:
        """Python's name of the encoding of texts."""
        name = self.settings.get("client_encoding", "UTF8").upper()
        if name.startswith("WIN"):
            return "cp" + name[3:]
        return _CODECS.get(name, name)

    def query(self, text: str) -> Result:
        """Run statements; return what the last one gave. Raises PgError."""
        try:
            data = text.encode(self.codec, "surrogateescape")
        except (LookupError, UnicodeEncodeError) as error:
            raise Fail("the query can't be sent in the encoding %s: %s" % (self.codec, error)) from None
        self._send(b"Q", data + b"\0")
        return self._results(text)

    def _results(self, query: str) -> Result:
        """Read until the server is ready again."""
        result = last = Result()
        error = None
        while True:
            kind, body = self._message()
            if kind == b"Z":
                if error:
                    raise error
                return last
            if kind == b"E":
                fields = self._fields(body)
                error = PgError(fields, query)
                if fields.get("V", fields.get("S")) in ("FATAL", "PANIC"):
                    raise error  # and no more comes
            elif kind == b"T":
                result.columns = self._columns(body)
            elif kind == b"D":
                result.rows.append(self._row(body))
            elif kind == b"C":
                result.tag = self._text(body[:-1])
                last, result = result, Result()
            elif kind == b"G":
                self._send(b"f", b"there is nothing to copy from: give the rows in the query\0")
            elif kind == b"H":
                error = PgError({"M": "COPY TO STDOUT has nowhere to go: copy to a file, or select the rows"})
            elif kind == b"K":
                self.key = struct.unpack(">II", body)

    def _expect(self, wanted: bytes) -> bytes:
        kind, body = self._message()
        if kind == b"E":
            raise PgError(self._fields(body))
        if kind != wanted:
            raise Fail("%s: this is no PostgreSQL server" % self.stream.place)
        return body

    def _message(self) -> Message:
        """Return the next message that is about us; note what the server tells by the way."""
        while True:
            head = self.stream.read(5)
            size = struct.unpack(">I", head[1:])[0]
            if size < 4:
                raise Fail("%s: this is no PostgreSQL server" % self.stream.place)
            body = self.stream.read(size - 4)
            if head[:1] == b"S":
                name, value = body[:-1].decode("utf-8", "replace").split("\0")
                self.settings[name] = value
            elif head[:1] not in b"NAcd":
                return head[:1], body

    def _send(self, kind: bytes, body: bytes) -> None:
        self.stream.write(kind + struct.pack(">I", len(body) + 4) + body)

    def _text(self, data: bytes) -> str:
        return data.decode(self.codec, "surrogateescape")

    def _fields(self, body: bytes) -> dict[str, str]:
        parts = body.split(b"\0")
        return {chr(part[0]): self._text(part[1:]) for part in parts if part}

    def _columns(self, body: bytes) -> list[tuple[str, int]]:
        found: list[tuple[str, int]] = []
        at = 2
        for _ in range(struct.unpack(">H", body[:2])[0]):
            end = body.index(b"\0", at)
            found.append((self._text(body[at:end]), struct.unpack(">I", body[end + 7 : end + 11])[0]))
            at = end + 19
        return found

    def _row(self, body: bytes) -> list[str | None]:
        row: list[str | None] = []
        at = 2
        for _ in range(struct.unpack(">H", body[:2])[0]):
            size = struct.unpack(">i", body[at : at + 4])[0]
            row.append(self._text(body[at + 4 : at + 4 + size]) if size >= 0 else None)
            at += 4 + max(size, 0)
        return row

    def cancel(self, stream: Stream) -> None:
        """Ask the server, over a stream of its own, to end our query; leave the connection."""
        if self.key:
            stream.write(struct.pack(">IIII", 16, 80877102, *self.key))
        stream.close()
        self.stream.close()

    def end(self) -> None:
        """Say goodbye."""
        self._send(b"X", b"")
        self.stream.close()


def _plain(kind: int, user: str, password: str, salt: bytes) -> bytes:
    """Return the password as it is, or hashed by MD5 with its user and the server's salt."""
    if kind == 3:
        return password.encode("utf-8", "surrogateescape")
    inner = hashlib.md5((password + user).encode("utf-8", "surrogateescape")).hexdigest()  # noqa: S324
    return b"md5" + hashlib.md5(inner.encode() + salt).hexdigest().encode()  # noqa: S324
