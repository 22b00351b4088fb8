"""Ways of logging in to MySQL and MariaDB: what a plugin of the server is answered."""

from __future__ import annotations

import hashlib
import os

from opsflow.target import der
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from opsflow.target import mysql_wire


def first(plugin: str, password: bytes, nonce: bytes, safe: bool) -> bytes:
    """Return the answer to a plugin's challenge.

    Args:
        plugin: its name.
        password: empty where there is none.
        nonce: the challenge.
        safe: nobody listens between us and the server: TLS, or a socket.

    Raises:
        Fail: the plugin is not known here, or wants the password in the clear where somebody may listen.
    """
    if plugin in ("mysql_native_password", ""):
        return _scrambled("sha1", password, nonce, True)
    if plugin == "caching_sha2_password":
        return _scrambled("sha256", password, nonce, False)
    if plugin == "sha256_password":
        return password + b"\0" if safe else b"\1" if password else b"\0"
    if plugin in ("mysql_clear_password", "dialog"):
        if not safe:
            raise Fail("the server wants the password in the clear (%s): use TLS or a socket" % plugin)
        return password + b"\0"
    if plugin in ("auth_socket", "unix_socket"):
        return b""
    raise Fail("the server wants a way of logging in that is not there: %s" % plugin)


def more(wire: mysql_wire.Wire, plugin: str, password: bytes, nonce: bytes, data: bytes) -> None:
    """Answer a second question of a plugin."""
    if plugin == "caching_sha2_password":
        if data == b"\3":
            return  # the server remembers us
        if wire.safe:
            wire.send(password + b"\0")
            return
        wire.send(b"\2")
        key = wire.read()[1:]
    elif plugin == "sha256_password":
        key = data
    else:
        wire.send(password + b"\0")
        return
    wire.send(encrypted(key, password + b"\0", nonce))


def _scrambled(name: str, password: bytes, nonce: bytes, nonce_first: bool) -> bytes:
    """Return the password's hash, hidden by that of its hash and the challenge."""
    if not password:
        return b""

    def digest(data: bytes) -> bytes:
        return hashlib.new(name, data).digest()

    inner = digest(password)
    twice = digest(inner)
    mask = digest(nonce + twice if nonce_first else twice + nonce)
    return bytes(one ^ other for one, other in zip(inner, mask))


def encrypted(pem: bytes, text: bytes, nonce: bytes) -> bytes:
    """Return a text under the server's RSA key (PKCS #1 OAEP, SHA-1), mixed with the challenge before."""
    info = der.read(der.from_pem(pem, "PUBLIC KEY"))
    modulus, exponent = (part.number for part in der.read(info.children[1].content[1:]).children)
    size = (modulus.bit_length() + 7) // 8
    mixed = bytes(one ^ nonce[at % len(nonce)] for at, one in enumerate(text))
    empty = hashlib.sha1(b"").digest()  # noqa: S324
    block = empty + b"\0" * (size - len(mixed) - 42) + b"\1" + mixed
    seed = os.urandom(20)
    block = _xor(block, _mask(seed, len(block)))
    seed = _xor(seed, _mask(block, 20))
    whole = int.from_bytes(b"\0" + seed + block, "big")
    return pow(whole, exponent, modulus).to_bytes(size, "big")


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(first ^ second for first, second in zip(one, other))


def _mask(seed: bytes, size: int) -> bytes:
    """Return bytes that follow from a seed: MGF1 with SHA-1."""
    parts = (hashlib.sha1(seed + at.to_bytes(4, "big")).digest() for at in range(size // 20 + 1))  # noqa: S324
    return b"".join(parts)[:size]
