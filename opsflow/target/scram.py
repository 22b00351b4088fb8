"""SCRAM-SHA-256 (RFC 5802, 7677): logging in, and whether a stored password is this one."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import re
import stringprep
import unicodedata

from opsflow.target.request import Fail

STORED = re.compile(r"SCRAM-SHA-256\$(\d+):([A-Za-z0-9+/=]+)\$([A-Za-z0-9+/=]+):([A-Za-z0-9+/=]+)$")
_FORBIDDEN = (
    stringprep.in_table_a1, stringprep.in_table_c12, stringprep.in_table_c21_c22, stringprep.in_table_c3,
    stringprep.in_table_c4, stringprep.in_table_c5, stringprep.in_table_c6, stringprep.in_table_c7,
    stringprep.in_table_c8, stringprep.in_table_c9,
)  # fmt: skip


def prepared(password: str) -> bytes:
    """Return a password as it is hashed: by SASLprep (RFC 4013), as it is where that forbids it."""
    mapped = "".join(
        " " if stringprep.in_table_c12(letter) else letter
        for letter in password
        if not stringprep.in_table_b1(letter)
    )
    text = unicodedata.normalize("NFKC", mapped)
    forbidden = any(table(letter) for letter in text for table in _FORBIDDEN)
    rightward = any(stringprep.in_table_d1(letter) for letter in text)
    if rightward:
        ends = stringprep.in_table_d1(text[0]) and stringprep.in_table_d1(text[-1])
        forbidden = forbidden or not ends or any(stringprep.in_table_d2(letter) for letter in text)
    return (password if forbidden or not text else text).encode("utf-8", "surrogateescape")


def fits(password: str, stored: str) -> bool:
    """Tell whether `stored`, as pg_authid has it, is the hash of this password."""
    found = STORED.match(stored)
    if not found:
        return False
    salted = hashlib.pbkdf2_hmac(
        "sha256", prepared(password), base64.b64decode(found.group(2)), int(found.group(1))
    )
    return hmac.compare_digest(_hmac(salted, b"Server Key"), base64.b64decode(found.group(4)))


class Login:
    """A conversation with a server: `first`, then `answer`, then `verify`."""

    def __init__(self, password: str) -> None:
        self.password = password
        self.nonce = base64.b64encode(os.urandom(18)).decode()
        self.bare = "n=,r=" + self.nonce
        self.expected = b""

    def first(self) -> bytes:
        """Return what is said first: no binding to the channel, the name is known already."""
        return ("n,," + self.bare).encode()

    def answer(self, challenge: bytes) -> bytes:
        """Return the proof that we know the password. Raises Fail for a challenge that is none."""
        given = _fields(challenge)
        if not given.get("r", "").startswith(self.nonce) or "s" not in given or "i" not in given:
            raise Fail("the server's challenge is not one of SCRAM-SHA-256")
        salted = hashlib.pbkdf2_hmac(
            "sha256", prepared(self.password), base64.b64decode(given["s"]), int(given["i"])
        )
        final = "c=biws,r=" + given["r"]
        said = ",".join((self.bare, challenge.decode(), final)).encode()
        key = _hmac(salted, b"Client Key")
        signature = _hmac(hashlib.sha256(key).digest(), said)
        proof = bytes(one ^ other for one, other in zip(key, signature))
        self.expected = _hmac(_hmac(salted, b"Server Key"), said)
        return (final + ",p=" + base64.b64encode(proof).decode()).encode()

    def verify(self, final: bytes) -> None:
        """Raise Fail where the server did not know the password itself."""
        said = base64.b64decode(_fields(final).get("v", ""))
        if not hmac.compare_digest(said, self.expected):
            raise Fail("the server does not know the password: it is not the one it claims to be")


def _hmac(key: bytes, text: bytes) -> bytes:
    return hmac.new(key, text, hashlib.sha256).digest()


def _fields(text: bytes) -> dict[str, str]:
    parts = (part.partition("=") for part in text.decode("utf-8", "replace").split(","))
    return {name: value for name, _, value in parts}
