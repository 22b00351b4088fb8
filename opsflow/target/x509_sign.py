"""Signatures of requests and certificates, made and verified by openssl."""

from __future__ import annotations

import os
import tempfile

from opsflow.target import der, openssl
from opsflow.target.openssl import PublicKey
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from opsflow.target.request import Completed, Request

_RSA = {"sha1": "5", "sha224": "14", "sha256": "11", "sha384": "12", "sha512": "13", "md5": "4"}
_ECC = {"sha1": "1", "sha224": "3.1", "sha256": "3.2", "sha384": "3.3", "sha512": "3.4"}
_DSA = {"sha224": "1", "sha256": "2", "sha384": "3", "sha512": "4"}
_WHOLE = {"Ed25519": "1.3.101.112", "Ed448": "1.3.101.113"}  # these take the whole text, not a digest


def algorithm(key: PublicKey, digest: str) -> bytes:
    """Return the identifier of a way to sign. Raises Fail when the key can't sign so."""
    if key.type in _WHOLE:
        return der.sequence(der.oid(_WHOLE[key.type]))
    if key.type == "RSA" and digest in _RSA:
        return der.sequence(der.oid("1.2.840.113549.1.1." + _RSA[digest]), der.write(der.NULL))
    if key.type == "ECC" and digest in _ECC:
        return der.sequence(der.oid("1.2.840.10045.4." + _ECC[digest]))
    if key.type == "DSA" and digest in _DSA:
        return der.sequence(der.oid("2.16.840.1.101.3.4.3." + _DSA[digest]))
    raise Fail("a key of type %s can't sign with the digest '%s'" % (key.type, digest))


def signed(
    request: Request, content: bytes, key: bytes, passphrase: str | None, public: PublicKey, digest: str
) -> bytes:
    """Return content with its signature: a request or certificate in DER."""
    if public.type in _WHOLE:
        words = ["pkeyutl", "-sign", "-inkey", "KEY", "-rawin", "-in", "CONTENT"]
    else:
        words = ["dgst", "-" + digest, "-sign", "KEY", "CONTENT"]
    made = _call(request, words, {"KEY": key, "CONTENT": content}, passphrase)
    signature = openssl.output(made, "openssl %s" % words[0])
    return der.sequence(content, algorithm(public, digest), der.bits(signature))


def verified(request: Request, data: bytes, public: PublicKey, digest: str) -> bool:
    """Tell whether a request or certificate was signed by the owner of a key, with a digest."""
    content, used, signature = der.read(data).children
    if used.raw != algorithm(public, digest):
        return False
    pieces = {
        "KEY": der.pem("PUBLIC KEY", public.der),
        "CONTENT": content.raw,
        "SIGNED": signature.content[1:],
    }
    if public.type in _WHOLE:
        words = ["pkeyutl", "-verify", "-pubin", "-inkey", "KEY", "-rawin", "-in", "CONTENT"]
        words += ["-sigfile", "SIGNED"]
    else:
        words = ["dgst", "-" + digest, "-verify", "KEY", "-signature", "SIGNED", "CONTENT"]
    return _call(request, words, pieces, None).rc == 0


def _call(request: Request, words: list[str], pieces: dict[str, bytes], passphrase: str | None) -> Completed:
    """Run openssl with pieces as files that have no name."""
    opened = {name: _nameless(data) for name, data in pieces.items()}
    try:
        argv = [words[0], *("/dev/fd/%d" % opened[word] if word in opened else word for word in words[1:])]
        return openssl.call(request, *argv, passin=passphrase, files=tuple(opened.values()))
    finally:
        for fd in opened.values():
            os.close(fd)


def _nameless(data: bytes) -> int:
    """Return a file with this content that is in memory, or was never to be found by a name."""
    if hasattr(os, "memfd_create"):
        fd = os.memfd_create("opsflow")
    else:
        handle = tempfile.TemporaryFile(dir="/dev/shm" if os.path.isdir("/dev/shm") else None)  # noqa: SIM115
        fd = os.dup(handle.fileno())
        handle.close()
    os.write(fd, data)
    os.lseek(fd, 0, os.SEEK_SET)
    return fd
