"""Hashes of passwords as MySQL's caching_sha2_password keeps them: crypt's SHA-256 with salts of its own."""

from __future__ import annotations

import hashlib
import hmac

_ALPHABET = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_COUNT = 5  # thousands of rounds


def stored(password: str, salt: str) -> str:
    """Return what the server keeps of a password: `$A$005$`, 20 characters of salt, the hash."""
    return "$A$%03X$%s%s" % (_COUNT, salt, crypt(password.encode(), salt.encode(), _COUNT * 1000))


def fits(password: str, kept: str) -> bool:
    """Tell whether what the server keeps is of this password."""
    if not kept.startswith("$A$005$") or len(kept) != 70:
        return False
    return hmac.compare_digest(stored(password, kept[7:27]).encode(), kept.encode())


def crypt(key: bytes, salt: bytes, rounds: int) -> str:
    """Return the hash of a key by SHA-crypt with SHA-256, in crypt's letters."""
    digest = _first(key, salt)
    keys = _stretched(_sha(key * len(key)), len(key))
    salts = _stretched(_sha(salt * (16 + digest[0])), len(salt))
    for at in range(rounds):
        parts = [
            keys if at & 1 else digest,
            salts if at % 3 else b"",
            keys if at % 7 else b"",
            digest if at & 1 else keys,
        ]
        digest = _sha(b"".join(parts))
    return _letters(digest)


def _first(key: bytes, salt: bytes) -> bytes:
    inner = _sha(key + salt + key)
    text = key + salt + _stretched(inner, len(key))
    size = len(key)
    while size:
        text += inner if size & 1 else key
        size >>= 1
    return _sha(text)


def _sha(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def _stretched(data: bytes, size: int) -> bytes:
    return (data * (size // 32 + 1))[:size]


def _letters(digest: bytes) -> str:
    """Return the bytes in threes, in the order that crypt mixes them, as letters of six bits each."""
    text = ""
    at = 0
    for _ in range(10):
        text += _group(digest[at] << 16 | digest[(at + 10) % 30] << 8 | digest[(at + 20) % 30], 4)
        at = (at + 21) % 30
    return text + _group(digest[31] << 8 | digest[30], 3)


def _group(number: int, size: int) -> str:
    return "".join(_ALPHABET[number >> 6 * place & 63] for place in range(size))
