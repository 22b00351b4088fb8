"""Filters that digest: checksums, UUIDs, password hashes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache
from typing import Any

from opsflow.templating.kinds import text, type_name

_NAMESPACE = "361e6d51-faec-444a-9079-341386da8e2e"  # Ansible's: the same text gives the same UUID
_SALT_CHARACTERS = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_HASHES = {
    # crypt(3)'s prefix, characters of salt, rounds by default, fewest rounds
    "md5_crypt": ("1", 8, 0, 0),
    "bcrypt": ("2b", 22, 12, 4),
    "sha256_crypt": ("5", 16, 535_000, 1000),
    "sha512_crypt": ("6", 16, 656_000, 1000),
}
_ALIASES = {
    "md5": "md5_crypt",
    "blowfish": "bcrypt",
    "sha256": "sha256_crypt",
    "sha512": "sha512_crypt",
}


def digest(value: Any, hashtype: str = "sha1") -> str:
    """Return the hexadecimal digest of a text by any algorithm of Python's hashlib."""
    data = text(value).encode("utf-8", "surrogateescape")
    return hashlib.new(hashtype, data, usedforsecurity=False).hexdigest()


def md5(value: Any) -> str:
    """Return the MD5 digest."""
    return digest(value, "md5")


def sha1(value: Any) -> str:
    """Return the SHA-1 digest."""
    return digest(value, "sha1")


def to_uuid(value: Any, namespace: Any = _NAMESPACE) -> str:
    """Return the UUID (version 5) of a text in a namespace."""
    import uuid

    try:
        space = namespace if isinstance(namespace, uuid.UUID) else uuid.UUID(namespace)
    except (AttributeError, ValueError) as error:
        raise ValueError(f"the namespace '{namespace}' is no UUID") from error
    return str(uuid.uuid5(space, text(value)))


def password_hash(
    secret: Any,
    hashtype: str = "sha512",
    salt: str | None = None,
    salt_size: int | None = None,
    rounds: int | None = None,
    ident: str | None = None,
) -> str:
    """Return a password as /etc/shadow keeps it. Give a salt for a result that stays the same.

    Args:
        secret: the password.
        hashtype: sha512, sha256, blowfish (bcrypt) or md5.
        salt: letters, digits, `.` and `/`; random by default.
        salt_size: characters of a random salt.
        rounds: how costly the hash is; for bcrypt its power of two.
        ident: the variant of bcrypt: 2a, 2b or 2y.
    """
    name = _known(hashtype)
    if not isinstance(secret, str | bytes):
        raise TypeError(f"the password must be text, not {type_name(secret)}")
    prefix, size, usual, fewest = _HASHES[name]
    rounds = usual if rounds is None else rounds
    if rounds < fewest:
        raise ValueError(f"{name} needs at least {fewest} rounds")
    salt = salt or _random_text(salt_size or size)
    if len(salt) > size or set(salt) - set(_SALT_CHARACTERS) or (name == "bcrypt" and len(salt) != size):
        raise ValueError(f"the salt of {name} is {size} or fewer letters, digits, dots or slashes")
    return _crypt(secret, _setting(name, prefix, salt, rounds, ident))


def _setting(name: str, prefix: str, salt: str, rounds: int, ident: str | None) -> str:
    """Return the part of the hash that stands before the digest: all that crypt(3) needs to know."""
    if name == "bcrypt":
        return f"${ident or prefix}${rounds:02}${salt}"
    # 5000 is crypt(3)'s own number of rounds and is not written
    return f"${prefix}${salt}" if rounds in (0, 5000) else f"${prefix}$rounds={rounds}${salt}"


def random_salt(hashtype: str) -> str:
    """Return a new salt for a kind of hash. Raises ValueError for one that does not exist."""
    name = _known(hashtype)
    return _random_text(_HASHES[name][1])


def _known(hashtype: str) -> str:
    name = _ALIASES.get(hashtype, hashtype)
    if name not in _HASHES:
        raise ValueError(f"unknown hash '{hashtype}'; there are {', '.join(_ALIASES)}")
    return name


def _random_text(size: int) -> str:
    import secrets

    return "".join(secrets.choice(_SALT_CHARACTERS) for _ in range(size))


def _crypt(secret: str | bytes, setting: str) -> str:
    """Hash by the system's libcrypt: Python's own module for it is gone since 3.13."""
    import ctypes

    data = secret.encode("utf-8", "surrogateescape") if isinstance(secret, str) else secret
    if b"\0" in data:
        raise ValueError("the password holds a NUL character")
    scratch = ctypes.create_string_buffer(256 * 1024)  # more than struct crypt_data of any libcrypt
    hashed: bytes | None = _libcrypt()(data, setting.encode("ascii"), scratch)
    if not hashed or hashed.startswith(b"*"):
        raise ValueError(f"the system's libcrypt cannot make a hash that starts with '{setting[:4]}'")
    return hashed.decode("ascii")


@cache
def _libcrypt() -> Callable[..., bytes | None]:
    import ctypes
    import ctypes.util

    for name in ("libcrypt.so.1", "libcrypt.so.2", ctypes.util.find_library("crypt")):
        try:
            function: Any = ctypes.CDLL(name).crypt_r
        except (OSError, AttributeError):
            continue
        function.restype = ctypes.c_char_p
        function.argtypes = [ctypes.c_char_p, ctypes.c_char_p, ctypes.c_void_p]
        return function
    raise ValueError("needs the system's libcrypt (on Debian the package libcrypt1)")


FILTERS: dict[str, Callable[..., Any]] = {
    "checksum": sha1,
    "hash": digest,
    "md5": md5,
    "password_hash": password_hash,
    "sha1": sha1,
    "to_uuid": to_uuid,
}
