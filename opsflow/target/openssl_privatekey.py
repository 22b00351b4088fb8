"""Private keys, made and read by openssl."""

from __future__ import annotations

import os

from opsflow.target import attributes, der, files, openssl
from opsflow.target.openssl import PublicKey
from opsflow.target.paths import expand
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.request import Request

_CURVES = {"secp256r1": "prime256v1", "secp192r1": "prime192v1"}
_CLASSIC = ("RSA", "DSA", "ECC")
_RAW = {"Ed25519": "1.3.101.112", "Ed448": "1.3.101.113", "X25519": "1.3.101.110", "X448": "1.3.101.111"}


def run(request: Request, path: str, state: str, **want: Any) -> dict[str, Any]:
    """Bring the file to hold a key as wanted, or remove it."""
    wanted = attributes.split(want)
    path = expand(request, path)
    if state == "absent":
        result = _absent(request, path, want["backup"])
        return dict(result, type=want["type"], size=want["size"])
    wanted.setdefault("mode", "0600")
    old = Key(request, _read(path), want)
    new = _decide(old, want, path)
    result: dict[str, Any] = {"changed": new is not old}
    shown = new or old
    if new is not old and not request.check:
        made = new or _generate(request, want)
        written = files.replace(request, path, [made.text], wanted, want["backup"])
        if written.backup:
            result["backup_file"] = written.backup
        shown = made
    if os.path.exists(path):
        result["changed"] = attributes.apply(request, path, wanted) or result["changed"]
    result.update(shown.about(), type=want["type"], size=want["size"], filename=path)
    if want["return_content"]:
        result["privatekey"] = shown.content
    if request.diff:
        result["diff"] = {"before": old.about(), "after": shown.about()}
    return result


def _absent(request: Request, path: str, backup: bool) -> dict[str, Any]:
    result: dict[str, Any] = {"changed": os.path.exists(path), "filename": path}
    if result["changed"] and not request.check:
        if backup:
            result["backup_file"] = files.back_up(path)
        os.unlink(path)
    return result


def _read(path: str) -> bytes | None:
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        return None


class Key:
    """A private key as it is in a file, and what is known of it with the wanted passphrase."""

    def __init__(self, request: Request, text: bytes | None, want: dict[str, Any]) -> None:
        self.request = request
        self.text = text or b""
        self.public: PublicKey | None = None
        self.format = "pkcs8"
        if text is None:
            return
        head = self.text[:200]
        protected = b"ENCRYPTED" in head
        passphrase = want.get("passphrase")
        if b"-----BEGIN " not in head:
            self.format = "raw"
            pem = _from_raw(self.text, want["type"])
            self.public = openssl.public_key(request, pem) if pem else None
            return
        if b" RSA PRIVATE" in head or b" EC PRIVATE" in head or b" DSA PRIVATE" in head:
            self.format = "pkcs1"
        if b"EC PARAMETERS" in head:
            self.format = "pkcs1"
        if protected == (passphrase is not None):
            self.public = openssl.public_key(request, self.text, passphrase)

    def about(self) -> dict[str, Any]:
        """Return what Ansible tells of a key."""
        if self.public is None:
            return {}
        found: dict[str, Any] = {"type": self.public.type, "fingerprint": self.public.fingerprint}
        if self.public.size is not None:
            found["size"] = self.public.size
        if self.public.curve is not None:
            found["curve"] = self.public.curve
        return found

    @property
    def content(self) -> str:
        if self.format != "raw":
            return self.text.decode("ascii", "replace")
        return der.base64.b64encode(self.text).decode()


def _decide(old: Key, want: dict[str, Any], path: str) -> Key | None:
    """Return the key that the file gets: the old one, as it is or in another format; None for a new one."""
    how = want["regenerate"]
    if not old.text or how == "always" or want["force"]:
        return None
    if old.public is None:
        if how == "full_idempotence":
            return None
        raise Fail(
            "the key %s can't be read: it is damaged, or protected by another passphrase or by none. A new "
            "one is made only with regenerate full_idempotence or always, or with force" % path
        )
    if how != "never" and not _same_kind(old.public, want):
        if how == "fail":
            raise Fail("the key %s is of another type or size, and regenerate says that it stays" % path)
        return None
    if want["format"] == "auto_ignore" or old.format == _format(want):
        return old
    if want["format_mismatch"] == "convert":
        return _converted(old, want)
    if how == "never":
        return old
    if how == "fail":
        raise Fail("the key %s is in the format %s, and regenerate says that it stays" % (path, old.format))
    return None


def _same_kind(key: PublicKey, want: dict[str, Any]) -> bool:
    if key.type != want["type"]:
        return False
    if key.type in ("RSA", "DSA"):
        return key.size == want["size"]
    return key.type != "ECC" or key.curve == want["curve"]


def _format(want: dict[str, Any]) -> str:
    if want["format"] not in ("auto", "auto_ignore"):
        return want["format"]
    return "pkcs1" if want["type"] in _CLASSIC else "pkcs8"


def _generate(request: Request, want: dict[str, Any]) -> Key:
    request.event("progress", message="making a %s key" % want["type"])
    return Key(request, _written(request, _made(request, want), want, None), want)


def _made(request: Request, want: dict[str, Any]) -> bytes:
    """Return a new key in PKCS#8, unprotected: it never leaves memory so."""
    kind: str = want["type"]
    words = ["genpkey", "-algorithm", {"ECC": "EC"}.get(kind, kind.upper() if kind in _RAW else kind)]
    if kind == "RSA":
        words += ["-pkeyopt", "rsa_keygen_bits:%d" % want["size"]]
    elif kind == "ECC":
        curve: str = _CURVES.get(str(want["curve"])) or want["curve"]
        words += ["-pkeyopt", "ec_paramgen_curve:" + curve, "-pkeyopt", "ec_param_enc:named_curve"]
    elif kind == "DSA":
        bits = "dsa_paramgen_bits:%d" % want["size"]
        made = openssl.call(request, "genpkey", "-genparam", "-algorithm", "DSA", "-pkeyopt", bits)
        parameters = openssl.output(made, "openssl genpkey")
        done = openssl.call(request, "genpkey", "-paramfile", "/dev/stdin", stdin=parameters)
        return openssl.output(done, "openssl genpkey")
    return openssl.output(openssl.call(request, *words), "openssl genpkey")


def _written(request: Request, key: bytes, want: dict[str, Any], passin: str | None) -> bytes:
    """Return a key in the wanted format, protected by the passphrase if there is one."""
    form = _format(want)
    if form == "raw":
        done = openssl.call(request, "pkey", "-outform", "DER", stdin=key, passin=passin)
        private = der.read(openssl.output(done, "openssl pkey")).children[2]
        return der.read(private.content).content
    words = ["pkey", *(["-traditional"] if form == "pkcs1" else [])]
    words += ["-aes-256-cbc"] if want.get("passphrase") is not None else []
    done = openssl.call(request, *words, stdin=key, passin=passin, passout=want.get("passphrase"))
    return openssl.output(done, "openssl pkey")


def _converted(old: Key, want: dict[str, Any]) -> Key:
    request = old.request
    text = _from_raw(old.text, want["type"]) if old.format == "raw" else old.text
    passin = None if old.format == "raw" else want.get("passphrase")
    return Key(request, _written(request, text, want, passin), want)


def _from_raw(key: bytes, kind: str) -> bytes:
    """Return a raw key in PKCS#8; nothing for a type that has no raw form."""
    if kind not in _RAW:
        return b""
    inner = der.write(der.OCTETS, der.write(der.OCTETS, key))
    return der.pem("PRIVATE KEY", der.sequence(der.integer(0), der.sequence(der.oid(_RAW[kind])), inner))
