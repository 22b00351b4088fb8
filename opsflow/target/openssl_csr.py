"""Requests for certificates: written where what they ask for is not what is wanted."""

from __future__ import annotations

import os

from opsflow.target import attributes, der, files, openssl, x509, x509_sign
from opsflow.target.openssl import PublicKey
from opsflow.target.paths import expand
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.request import Request
    from opsflow.target.x509 import Extensions, Pairs

_KINDS = ("CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST")


def run(request: Request, path: str, state: str, **want: Any) -> dict[str, Any]:
    """Bring the file to hold a request as wanted, or remove it."""
    wanted = attributes.split(want)
    path = expand(request, path)
    if state == "absent":
        return dict(absent(request, path, want["backup"]), **_told(want))
    key, public = private(request, want, "privatekey")
    new = _content(want, public)
    text = read(path)
    same = not want["force"] and _same(request, text, new, public, want)
    if not same:
        made = x509_sign.signed(request, new, key, want.get("privatekey_passphrase"), public, want["digest"])
        text = der.pem(_KINDS[0], made)
    result = put(request, path, None if same else text, wanted, want["backup"])
    result.update(_told(want))
    if want["return_content"]:
        result["csr"] = text.decode("ascii", "replace")
    return result


def private(request: Request, want: dict[str, Any], name: str) -> tuple[bytes, PublicKey]:
    """Return the private key that options `NAME_path`, `NAME_content` and `NAME_passphrase` give."""
    passphrase = want.get(name + "_passphrase")
    if want.get(name + "_content") is not None:
        text = want[name + "_content"].encode()
        return text, openssl.known(request, text, passphrase, "in " + name + "_content")
    return openssl.read_key(request, expand(request, want[name + "_path"]), passphrase)


def absent(request: Request, path: str, backup: bool) -> dict[str, Any]:
    """Remove a file."""
    result: dict[str, Any] = {"changed": os.path.exists(path), "filename": path}
    if result["changed"] and not request.check:
        if backup:
            result["backup_file"] = files.back_up(path)
        os.unlink(path)
    return result


def read(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        return b""


def put(
    request: Request, path: str, text: bytes | None, wanted: dict[str, Any], backup: bool
) -> dict[str, Any]:
    """Write a file unless there is no new text, and give it owner and mode."""
    result: dict[str, Any] = {"changed": text is not None, "filename": path}
    if text is not None and not request.check:
        written = files.replace(request, path, [text], wanted, backup)
        if written.backup:
            result["backup_file"] = written.backup
    if os.path.exists(path):
        result["changed"] = attributes.apply(request, path, wanted) or result["changed"]
    return result


class Csr:
    """What a request asks for. Raises Fail when it can't be read."""

    def __init__(self, text: bytes) -> None:
        self.der = der.from_pem(text, *_KINDS)
        info = der.read(self.der).children[0].children
        self.subject = info[1]
        self.public = info[2].raw
        self.extensions: Extensions = {}
        for attribute in info[3].children if len(info) > 3 else []:
            kind, values = attribute.children
            if kind.oid == "1.2.840.113549.1.9.14":
                self.extensions = x509.extensions_of(values.children[0])

    @property
    def names(self) -> Pairs:
        return x509.pairs_of(self.subject)


def _content(want: dict[str, Any], public: PublicKey) -> bytes:
    """Return what is to be signed."""
    asked = _extensions(want, public)
    requested = b""
    if asked:
        listed = der.write(der.SET, x509.extensions(asked))
        requested = der.sequence(der.oid("1.2.840.113549.1.9.14"), listed)
    return der.sequence(der.integer(0), x509.name(want["names"]), public.der, der.write(0xA0, requested))


def _alternatives(want: dict[str, Any]) -> list[str]:
    if want.get("subject_alt_name") is not None:
        return want["subject_alt_name"]
    common = [value for key, value in want["names"] if x509.short(key) == "CN"]
    return ["DNS:" + common[0]] if want["use_common_name_for_san"] and common else []


def _extensions(want: dict[str, Any], public: PublicKey) -> Extensions:
    found: Extensions = {}
    if _alternatives(want):
        names = x509.general_names(_alternatives(want))
        found[x509.ALT_NAME] = (want["subject_alt_name_critical"], names)
    if want.get("key_usage"):
        found[x509.KEY_USAGE] = (want["key_usage_critical"], x509.key_usage(want["key_usage"]))
    if want.get("extended_key_usage"):
        purposes = x509.purposes(want["extended_key_usage"])
        found[x509.PURPOSES] = (want["extended_key_usage_critical"], purposes)
    if want.get("basic_constraints"):
        constraints = x509.basic_constraints(want["basic_constraints"])
        found[x509.BASIC] = (want["basic_constraints_critical"], constraints)
    if want["ocsp_must_staple"]:
        found[x509.TLS_FEATURE] = (want["ocsp_must_staple_critical"], der.sequence(der.integer(5)))
    permitted, excluded = (want.get("name_constraints_" + kind, ()) for kind in ("permitted", "excluded"))
    if permitted or excluded:
        constraints = x509.name_constraints(permitted, excluded)
        found[x509.NAME_CONSTRAINTS] = (want["name_constraints_critical"], constraints)
    found.update(_identifiers(want, public))
    if want.get("crl_distribution_points"):
        found[x509.CRL_POINTS] = (False, x509.crl_points(want["crl_distribution_points"]))
    return found


def _identifiers(want: dict[str, Any], public: PublicKey) -> Extensions:
    found: Extensions = {}
    if want["create_subject_key_identifier"]:
        found[x509.SUBJECT_KEY] = (False, x509.subject_key(public.identifier))
    elif want.get("subject_key_identifier") is not None:
        found[x509.SUBJECT_KEY] = (False, x509.subject_key(_hex(want["subject_key_identifier"])))
    authority, serial = want.get("authority_key_identifier"), want.get("authority_cert_serial_number")
    if authority is not None or serial is not None:
        identifier = _hex(authority) if authority is not None else None
        value = x509.authority_key(identifier, want.get("authority_cert_issuer", ()), serial)
        found[x509.AUTHORITY_KEY] = (False, value)
    return found


def _hex(text: str) -> bytes:
    try:
        return bytes.fromhex(text.replace(":", ""))
    except ValueError:
        raise Fail("'%s' is no identifier in hexadecimal, such as 01:ab" % text) from None


def _same(request: Request, text: bytes, new: bytes, public: PublicKey, want: dict[str, Any]) -> bool:
    """Tell whether the request in a file asks for what is wanted, and is signed by the key."""
    try:
        old = Csr(text)
    except (Fail, IndexError, ValueError):
        return False
    asked = Csr(der.pem(_KINDS[0], der.sequence(new)))
    mine, theirs = asked.names, old.names
    if not want["ordered"]:
        mine, theirs = sorted(mine), sorted(theirs)
    same = (mine, public.der, asked.extensions) == (theirs, old.public, old.extensions)
    return same and x509_sign.verified(request, old.der, public, want["digest"])


def _told(want: dict[str, Any]) -> dict[str, Any]:
    """Return what Ansible tells of a request: what was asked for."""
    return {
        "privatekey": want.get("privatekey_path"),
        "subject": [[x509.short(key), value] for key, value in want["names"]],
        "subjectAltName": _alternatives(want) or None,
        "keyUsage": want.get("key_usage"),
        "extendedKeyUsage": want.get("extended_key_usage"),
        "basicConstraints": want.get("basic_constraints"),
        "ocspMustStaple": want["ocsp_must_staple"],
        "name_constraints_permitted": want.get("name_constraints_permitted", []),
        "name_constraints_excluded": want.get("name_constraints_excluded", []),
    }
