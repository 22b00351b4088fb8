"""Hashes of passwords as web servers keep them: made, and compared with a password."""

from __future__ import annotations

import base64
import ctypes
import hashlib
import hmac
import os

from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_ALPHABET = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_CRYPT = {"des_crypt": ("", 2), "md5_crypt": ("$1$", 8), "bcrypt": ("$2b$12$", 22)}
_CRYPT.update(sha256_crypt=("$5$", 16), sha512_crypt=("$6$", 16))


def make(password: str, scheme: str) -> str:
    """Return the hash of a password. Raises Fail when the host cannot make such."""
    data = password.encode("utf-8")
    if scheme == "plaintext":
        return password
    if scheme == "ldap_sha1":
        return "{SHA}" + base64.b64encode(hashlib.sha1(data).digest()).decode()  # noqa: S324
    if scheme == "apr_md5_crypt":
        return _apr1(data, _salt(8))
    prefix, size = _CRYPT[scheme]
    return _crypt(data, prefix + _salt(size))


def fits(password: str, stored: str) -> bool:
    """Tell whether a stored hash, made in whichever way, is that of a password."""
    data = password.encode("utf-8")
    if stored.startswith("{SHA}"):
        again = make(password, "ldap_sha1")
    elif stored.startswith("$apr1$"):
        again = _apr1(data, stored.split("$")[2])
    elif stored.startswith("$") or len(stored) == 13:
        try:
            again = _crypt(data, stored)
        except Fail:  # no hash that crypt knows
            again = password
    else:
        again = password
    return hmac.compare_digest(again.encode(), stored.encode()) or hmac.compare_digest(data, stored.encode())


def _salt(size: int) -> str:
    return "".join(_ALPHABET[byte % 64] for byte in bytearray(os.urandom(size)))


def _crypt(data: bytes, setting: str) -> str:
    """Hash by crypt(3) of the system: Python's own module for it is gone since 3.13."""
    scratch = ctypes.create_string_buffer(256 * 1024)  # more than its state needs
    function: Any = ctypes.CDLL("libcrypt.so.1").crypt_r
    function.restype = ctypes.c_char_p
    function.argtypes = [ctypes.c_char_p, ctypes.c_char_p, ctypes.c_void_p]
    hashed: bytes | None = function(data, setting.encode("utf-8"), scratch)
    if not hashed or hashed.startswith(b"*"):
        raise Fail("crypt of this host cannot make a hash that begins with '%s'" % setting[:4])
    return hashed.decode("ascii")


def _apr1(data: bytes, salt: str) -> str:
    """Return Apache's variant of the MD5 hash: a thousand rounds over password, salt and the last digest."""
    grain = salt.encode()
    inner = hashlib.md5(data + grain + data).digest()  # noqa: S324
    mixed = data + b"$apr1$" + grain + (inner * (len(data) // 16 + 1))[: len(data)]
    bits = len(data)
    while bits:
        mixed += b"\0" if bits & 1 else data[:1]
        bits >>= 1
    digest = hashlib.md5(mixed).digest()  # noqa: S324
    for turn in range(1000):
        text = data if turn & 1 else digest
        text += (grain if turn % 3 else b"") + (data if turn % 7 else b"")
        digest = hashlib.md5(text + (digest if turn & 1 else data)).digest()  # noqa: S324
    return "$apr1$%s$%s" % (salt, _radix64(digest))


def _radix64(digest: bytes) -> str:
    """Return 16 bytes in the order and the letters of crypt's MD5."""
    letters = ""
    for high, middle, low in ((0, 6, 12), (1, 7, 13), (2, 8, 14), (3, 9, 15), (4, 10, 5)):
        value = digest[high] << 16 | digest[middle] << 8 | digest[low]
        letters += "".join(_ALPHABET[value >> shift & 63] for shift in (0, 6, 12, 18))
    return letters + _ALPHABET[digest[11] & 63] + _ALPHABET[digest[11] >> 6]
