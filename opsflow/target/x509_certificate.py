"""Certificates: written where what they say, or who signed them, is not as wanted."""

from __future__ import annotations

import calendar
import os
import re
import time

from opsflow.target import attributes, der, openssl_csr, x509, x509_sign
from opsflow.target.openssl import PublicKey
from opsflow.target.openssl_csr import Csr
from opsflow.target.paths import expand
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.request import Request
    from opsflow.target.x509 import Extensions

_KINDS = ("CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE")
_RELATIVE = re.compile(r"([+-])((?:\d+[wdhms])+)$", re.IGNORECASE)
_SECONDS = {"w": 604800, "d": 86400, "h": 3600, "m": 60, "s": 1}


def run(request: Request, path: str, state: str, **want: Any) -> dict[str, Any]:
    """Bring the file to hold a certificate as wanted, or remove it."""
    wanted = attributes.split(want)
    path = expand(request, path)
    if state == "absent":
        return openssl_csr.absent(request, path, want["backup"])
    signer = Signer(request, want)
    asked = _asked(request, want, signer)
    times = [_time(want["not_before"]), _time(want["not_after"])]
    text = openssl_csr.read(path)
    same = not want["force"] and _same(request, text, asked, signer, times, want)
    if not same:
        content = _content(asked, signer, times, want["digest"])
        secret = want.get(signer.name + "_passphrase")
        made = x509_sign.signed(request, content, signer.key, secret, signer.public, want["digest"])
        text = der.pem(_KINDS[0], made)
    result = openssl_csr.put(request, path, None if same else text, wanted, want["backup"])
    if want["return_content"]:
        result["certificate"] = text.decode("ascii", "replace")
    result.update(_told(want, text))
    return result


class Certificate:
    """What a certificate says. Raises Fail when it can't be read."""

    def __init__(self, text: bytes) -> None:
        self.der = der.from_pem(text, *_KINDS)
        parts = der.read(self.der).children[0].children
        parts = parts[1:] if parts[0].tag == 0xA0 else parts  # the version
        self.serial = parts[0].number
        self.issuer = parts[2]
        self.times = [node.content for node in parts[3].children]
        self.subject = parts[4]
        self.public = parts[5].raw
        lists = [part for part in parts[6:] if part.tag == 0xA3]
        self.extensions = x509.extensions_of(lists[0].children[0]) if lists else {}


class Signer:
    """Who signs: the key itself, or an authority."""

    def __init__(self, request: Request, want: dict[str, Any]) -> None:
        self.own = want["provider"] == "selfsigned"
        self.name = "privatekey" if self.own else "ownca_privatekey"
        self.key, self.public = openssl_csr.private(request, want, self.name)
        self.certificate: Certificate | None = None
        if not self.own:
            self.certificate = Certificate(_text(request, want, "ownca"))
            if self.certificate.public != self.public.der:
                raise Fail("the private key of the authority is not that of its certificate")

    @property
    def identifier(self) -> bytes:
        """By what the certificates that it signs name it."""
        found = self.certificate.extensions.get(x509.SUBJECT_KEY) if self.certificate else None
        return der.read(found[1]).content if found else self.public.identifier


class Asked:
    """What a certificate is to say."""

    def __init__(self, subject: bytes, public: bytes, extensions: Extensions, issuer: bytes) -> None:
        self.subject = subject
        self.public = public
        self.extensions = extensions
        self.issuer = issuer


def _text(request: Request, want: dict[str, Any], name: str) -> bytes:
    if want.get(name + "_content") is not None:
        return want[name + "_content"].encode()
    path = expand(request, want[name + "_path"])
    if not os.path.exists(path):
        raise Fail("the file %s does not exist" % path, path=path)
    return openssl_csr.read(path)


def _asked(request: Request, want: dict[str, Any], signer: Signer) -> Asked:
    """Return what the request asks for, and what the signer adds. Raises Fail when they do not fit."""
    subject, public, found = x509.name([]), signer.public, {}
    if want.get("csr_path") is not None or want.get("csr_content") is not None:
        csr = Csr(_text(request, want, "csr"))
        subject, public, found = csr.subject.raw, PublicKey(csr.public), dict(csr.extensions)
        if signer.own and csr.public != signer.public.der:
            raise Fail("the request was made with another private key")
    how = want["create_subject_key_identifier"]
    if how == "always_create" or (how == "create_if_not_provided" and x509.SUBJECT_KEY not in found):
        found[x509.SUBJECT_KEY] = (False, x509.subject_key(public.identifier))
    if not signer.own and want["ownca_create_authority_key_identifier"]:
        found[x509.AUTHORITY_KEY] = (False, x509.authority_key(signer.identifier))
    issuer = signer.certificate.subject.raw if signer.certificate else subject
    return Asked(subject, public.der, found, issuer)


def _same(
    request: Request, text: bytes, asked: Asked, signer: Signer, times: list[bytes], want: dict[str, Any]
) -> bool:
    """Tell whether the certificate in a file says what is asked, and was signed by the signer."""
    try:
        old = Certificate(text)
    except (Fail, IndexError, ValueError):
        return False
    if (old.public, old.extensions) != (asked.public, asked.extensions):
        return False
    names = ((old.subject, asked.subject), (old.issuer, asked.issuer))
    if any(x509.pairs_of(one) != x509.pairs_of(der.read(other)) for one, other in names):
        return False
    if not want["ignore_timestamps"] and old.times != [der.read(one).content for one in times]:
        return False
    return x509_sign.verified(request, old.der, signer.public, want["digest"])


def _content(asked: Asked, signer: Signer, times: list[bytes], digest: str) -> bytes:
    """Return what is to be signed."""
    serial = int.from_bytes(os.urandom(20), "big") >> 1
    parts = [der.write(0xA0, der.integer(2)), der.integer(serial), x509_sign.algorithm(signer.public, digest)]
    parts += [asked.issuer, der.sequence(*times), asked.subject, asked.public]
    if asked.extensions:
        parts.append(der.write(0xA3, x509.extensions(asked.extensions)))
    return der.sequence(*parts)


def _time(text: str) -> bytes:
    """Return a time, absolute (20300101120000Z) or from now on (+365d, -1h30m). Raises Fail."""
    found = _RELATIVE.match(text)
    if found:
        parts = re.findall(r"(\d+)([wdhms])", found.group(2).lower())
        offset = sum(int(number) * _SECONDS[unit] for number, unit in parts)
        seconds = int(time.time()) + (offset if found.group(1) == "+" else -offset)
    else:
        try:
            seconds = calendar.timegm(time.strptime(text, "%Y%m%d%H%M%SZ"))
        except ValueError:
            raise Fail("'%s' is no time such as 20300101120000Z or +365d" % text) from None
    moment = time.gmtime(seconds)
    if 1950 <= moment.tm_year < 2050:
        return der.write(23, time.strftime("%y%m%d%H%M%SZ", moment).encode())
    return der.write(24, time.strftime("%Y%m%d%H%M%SZ", moment).encode())


def _told(want: dict[str, Any], text: bytes) -> dict[str, Any]:
    """Return what Ansible tells of a certificate."""
    found = Certificate(text)
    century = [b"" if len(one) == 15 else b"20" if one < b"50" else b"19" for one in found.times]
    before, after = ((head + one).decode() for head, one in zip(century, found.times))
    told: dict[str, Any] = {"notBefore": before, "notAfter": after, "serial_number": found.serial}
    if want["provider"] == "ownca":
        told.update(ca_cert=want.get("ownca_path"), ca_privatekey=want.get("ownca_privatekey_path"))
    return dict(told, privatekey=want.get("privatekey_path"), csr=want.get("csr_path"))
