"""The program openssl, and what public keys are."""

from __future__ import annotations

import hashlib
import os

from opsflow.target import der
from opsflow.target.programs import need
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.request import Completed, Request

_TYPES = {
    "1.2.840.113549.1.1.1": "RSA",
    "1.2.840.10040.4.1": "DSA",
    "1.2.840.10045.2.1": "ECC",
    "1.3.101.110": "X25519",
    "1.3.101.111": "X448",
    "1.3.101.112": "Ed25519",
    "1.3.101.113": "Ed448",
    "2.16.840.1.101.3.4.3.17": "ML-DSA-44",
    "2.16.840.1.101.3.4.3.18": "ML-DSA-65",
    "2.16.840.1.101.3.4.3.19": "ML-DSA-87",
}
CURVES = {
    "1.3.132.0.33": ("secp224r1", 224), "1.3.132.0.10": ("secp256k1", 256),
    "1.2.840.10045.3.1.7": ("secp256r1", 256), "1.3.132.0.34": ("secp384r1", 384),
    "1.3.132.0.35": ("secp521r1", 521), "1.2.840.10045.3.1.1": ("secp192r1", 192),
    "1.3.36.3.3.2.8.1.1.7": ("brainpoolP256r1", 256), "1.3.36.3.3.2.8.1.1.11": ("brainpoolP384r1", 384),
    "1.3.36.3.3.2.8.1.1.13": ("brainpoolP512r1", 512), "1.3.132.0.1": ("sect163k1", 163),
    "1.3.132.0.15": ("sect163r2", 163), "1.3.132.0.26": ("sect233k1", 233),
    "1.3.132.0.27": ("sect233r1", 233), "1.3.132.0.16": ("sect283k1", 283),
    "1.3.132.0.17": ("sect283r1", 283), "1.3.132.0.36": ("sect409k1", 409),
    "1.3.132.0.37": ("sect409r1", 409), "1.3.132.0.38": ("sect571k1", 571),
    "1.3.132.0.39": ("sect571r1", 571),
}  # fmt: skip


def call(
    request: Request,
    *words: str,
    stdin: bytes | None = None,
    passin: str | None = None,
    passout: str | None = None,
    files: tuple[int, ...] = (),
) -> Completed:
    """Run openssl; passphrases go through pipes, and it may read `files` as /dev/fd/N."""
    fds: list[int] = []
    argv = [need(request, "openssl", "openssl"), words[0]]  # options of pass phrases go before files
    try:
        for option, secret in (("-passin", passin), ("-passout", passout)):
            if secret is not None:
                read, write = os.pipe()
                fds.append(read)
                os.write(write, secret.encode("utf-8", "surrogateescape") + b"\n")
                os.close(write)
                argv += [option, "fd:%d" % read]
        return request.command([*argv, *words[1:]], stdin=stdin, pass_fds=(*fds, *files))
    finally:
        for fd in fds:
            os.close(fd)


def output(done: Completed, what: str) -> bytes:
    """Return what a call printed. Raises Fail saying that `what` failed."""
    return done.check(what).stdout.encode("utf-8", "surrogateescape")


class PublicKey:
    """A public key: its DER (SubjectPublicKeyInfo), type, size in bits and curve."""

    def __init__(self, data: bytes) -> None:
        self.der = data
        algorithm, key = der.read(data).children[:2]
        parts = algorithm.children
        self.type = _TYPES.get(parts[0].oid, parts[0].oid)
        self.size: int | None = None
        self.curve: str | None = None
        self.bits = key.content[1:]
        if self.type == "RSA":
            self.size = der.read(self.bits).children[0].number.bit_length()
        elif self.type == "DSA":
            self.size = parts[1].children[0].number.bit_length()
        elif self.type == "ECC":
            self.curve, self.size = CURVES.get(parts[1].oid, (parts[1].oid, None))

    @property
    def fingerprint(self) -> dict[str, str]:
        """Its digests by each algorithm of this Python, in hexadecimal with colons."""
        found: dict[str, str] = {}
        for name in sorted(hashlib.algorithms_guaranteed):
            try:
                digest: Any = hashlib.new(name, self.der)
            except ValueError:  # not with this OpenSSL
                continue
            text = digest.hexdigest(32) if name.startswith("shake") else digest.hexdigest()
            found[name] = ":".join(text[at : at + 2] for at in range(0, len(text), 2))
        return found

    @property
    def identifier(self) -> bytes:
        """The key's SHA-1, by which extensions name it."""
        return hashlib.sha1(self.bits).digest()  # noqa: S324


def public_key(request: Request, key: bytes, passphrase: str | None = None) -> PublicKey | None:
    """Return the public key of a private one in PEM; None when it can't be read with the passphrase."""
    done = call(request, "pkey", "-pubout", "-outform", "DER", stdin=key, passin=passphrase or "")
    return PublicKey(output(done, "openssl pkey")) if done.rc == 0 else None


def read_key(request: Request, path: str, passphrase: str | None) -> tuple[bytes, PublicKey]:
    """Return a private key of a file in PEM, and its public key. Raises Fail."""
    try:
        with open(path, "rb") as file:
            text = file.read()
    except FileNotFoundError:
        raise Fail("the private key %s does not exist" % path) from None
    return text, known(request, text, passphrase, path)


def known(request: Request, text: bytes, passphrase: str | None, name: str) -> PublicKey:
    found = public_key(request, text, passphrase)
    if found is None:
        raise Fail("the private key %s can't be read with this passphrase" % name)
    return found
