"""Names and extensions of certificates and requests, written and read as DER."""

from __future__ import annotations

import ipaddress
import re

from opsflow.target import der
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    Pairs = list[tuple[str, str]]
    Extensions = dict[str, tuple[bool, bytes]]  # by identifier: critical, value

_ATTRIBUTES = {
    "CN": "2.5.4.3", "SN": "2.5.4.4", "serialNumber": "2.5.4.5", "C": "2.5.4.6", "L": "2.5.4.7",
    "ST": "2.5.4.8", "street": "2.5.4.9", "O": "2.5.4.10", "OU": "2.5.4.11", "title": "2.5.4.12",
    "businessCategory": "2.5.4.15", "postalAddress": "2.5.4.16", "postalCode": "2.5.4.17", "GN": "2.5.4.42",
    "initials": "2.5.4.43", "generationQualifier": "2.5.4.44", "x500UniqueIdentifier": "2.5.4.45",
    "dnQualifier": "2.5.4.46", "pseudonym": "2.5.4.65", "organizationIdentifier": "2.5.4.97",
    "emailAddress": "1.2.840.113549.1.9.1", "UID": "0.9.2342.19200300.100.1.1",
    "DC": "0.9.2342.19200300.100.1.25", "jurisdictionL": "1.3.6.1.4.1.311.60.2.1.1",
    "jurisdictionST": "1.3.6.1.4.1.311.60.2.1.2", "jurisdictionC": "1.3.6.1.4.1.311.60.2.1.3",
}  # fmt: skip
_LONG = {
    "commonname": "CN", "surname": "SN", "countryname": "C", "localityname": "L", "e": "emailAddress",
    "stateorprovincename": "ST", "streetaddress": "street", "organizationname": "O", "userid": "UID",
    "organizationalunitname": "OU", "givenname": "GN", "domaincomponent": "DC", "email": "emailAddress",
}  # fmt: skip
_PRINTABLE = ("C", "serialNumber", "dnQualifier", "jurisdictionC")
_KEY_USAGES = (
    "digitalsignature", "nonrepudiation", "keyencipherment", "dataencipherment", "keyagreement",
    "keycertsign", "crlsign", "encipheronly", "decipheronly",
)  # fmt: skip
_USAGE_NAMES = {"contentcommitment": 1, "certificatesign": 5}
_PURPOSES = {
    "serverauth": "1.3.6.1.5.5.7.3.1", "tlswebserverauthentication": "1.3.6.1.5.5.7.3.1",
    "clientauth": "1.3.6.1.5.5.7.3.2", "tlswebclientauthentication": "1.3.6.1.5.5.7.3.2",
    "codesigning": "1.3.6.1.5.5.7.3.3", "emailprotection": "1.3.6.1.5.5.7.3.4",
    "e-mailprotection": "1.3.6.1.5.5.7.3.4", "ipsecendsystem": "1.3.6.1.5.5.7.3.5",
    "ipsectunnel": "1.3.6.1.5.5.7.3.6", "ipsecuser": "1.3.6.1.5.5.7.3.7",
    "timestamping": "1.3.6.1.5.5.7.3.8", "ocspsigning": "1.3.6.1.5.5.7.3.9", "dvcs": "1.3.6.1.5.5.7.3.10",
    "anyextendedkeyusage": "2.5.29.37.0", "any": "2.5.29.37.0", "ipsecike": "1.3.6.1.5.5.7.3.17",
    "msextreq": "1.3.6.1.4.1.311.2.1.14", "mssgc": "1.3.6.1.4.1.311.10.3.3",
    "mscodeind": "1.3.6.1.4.1.311.2.1.21", "mscodecom": "1.3.6.1.4.1.311.2.1.22",
    "msctlsign": "1.3.6.1.4.1.311.10.3.1", "msefs": "1.3.6.1.4.1.311.10.3.4",
    "mssmartcardlogin": "1.3.6.1.4.1.311.20.2.2", "nssgc": "2.16.840.1.113730.4.1",
}  # fmt: skip
_REASONS = (
    "unused", "key_compromise", "ca_compromise", "affiliation_changed", "superseded",
    "cessation_of_operation", "certificate_hold", "privilege_withdrawn", "aa_compromise",
)  # fmt: skip
SUBJECT_KEY, KEY_USAGE, ALT_NAME, BASIC = "2.5.29.14", "2.5.29.15", "2.5.29.17", "2.5.29.19"
NAME_CONSTRAINTS, CRL_POINTS, AUTHORITY_KEY, PURPOSES = "2.5.29.30", "2.5.29.31", "2.5.29.35", "2.5.29.37"
TLS_FEATURE = "1.3.6.1.5.5.7.1.24"


def short(key: str) -> str:
    """Return the short name of an attribute of names, such as CN; a dotted one as it is. Raises Fail."""
    known = {name.lower(): name for name in _ATTRIBUTES}
    name = key.lower().replace(" ", "")
    if name in _LONG or name in known:
        return _LONG.get(name) or known[name]
    if re.match(r"\d+(\.\d+)+$", key):
        return key
    raise Fail("'%s' is no attribute of a name in a certificate" % key)


def name(pairs: Iterable[tuple[str, str]]) -> bytes:
    """Return a distinguished name of attributes and their values, each in a part of its own."""
    parts: list[bytes] = []
    for key, value in pairs:
        key = short(key)
        tag = der.PRINTABLE if key in _PRINTABLE else der.IA5 if key in ("emailAddress", "DC") else der.UTF8
        if key == "C" and len(value) != 2:
            raise Fail("a country has two letters, not '%s'" % value)
        content = der.oid(_ATTRIBUTES.get(key, key)) + der.write(tag, value.encode("utf-8"))
        parts.append(der.write(der.SET, der.sequence(content)))
    return der.sequence(*parts)


def pairs_of(node: der.Node) -> Pairs:
    """Return the attributes of a distinguished name, by their identifiers."""
    found: Pairs = []
    for part in node.children:
        for attribute in part.children:
            key, value = attribute.children
            found.append((key.oid, value.text))
    return found


def general_name(text: str, network: bool = False) -> bytes:
    """Return an alternative name such as `DNS:a.org`, with `network` one for constraints. Raises Fail."""
    kind, _, value = text.partition(":")
    maker = _GENERAL.get(kind.lower())
    if maker is None or not value:
        raise Fail("'%s' is no name such as DNS:example.org, IP:192.0.2.1 or email:me@example.org" % text)
    if kind.lower() == "ip":
        return _address(value, network)
    return maker(value)


def _dns(value: str) -> bytes:
    try:
        plain = value.encode("ascii")
    except UnicodeEncodeError:
        plain = b".".join(part.encode("idna") if part != "*" else b"*" for part in value.split("."))
    return der.write(0x82, plain)


def _address(value: str, network: bool) -> bytes:
    try:
        if not network:
            return der.write(0x87, ipaddress.ip_address(value).packed)
        found = ipaddress.ip_network(value)
        return der.write(0x87, found.network_address.packed + found.netmask.packed)
    except ValueError as error:
        raise Fail("IP:%s: %s" % (value, error)) from None


def _mail(value: str) -> bytes:
    return der.write(0x81, value.encode("utf-8"))


def _uri(value: str) -> bytes:
    return der.write(0x86, value.encode("utf-8"))


def _registered(value: str) -> bytes:
    return der.write(0x88, der.read(der.oid(value)).content)


def _directory(value: str) -> bytes:
    pairs: Pairs = []
    for part in re.findall(r"(?:[^,\\]|\\.)+" if value[0] != "/" else r"(?:[^/\\]|\\.)+", value):
        key, sign, content = part.partition("=")
        if not sign:
            raise Fail("dirName:%s is not in the form CN=a,O=b" % value)
        pairs.append((key.strip(), re.sub(r"\\(.)", r"\1", content.strip())))
    return der.write(0xA4, name(reversed(pairs)))  # as it is written for people, the last part is the first


def _other(value: str) -> bytes:
    kind, _, content = value.partition(";")
    if content.upper().startswith("UTF8:"):
        data = der.write(der.UTF8, content[5:].encode("utf-8"))
    else:
        try:
            data = bytes(bytearray(int(part, 16) for part in content.split(":")))
        except ValueError:
            raise Fail("otherName:%s is not in the form 1.2.3;UTF8:text or 1.2.3;0c:01:61" % value) from None
    return der.write(0xA0, der.oid(kind), der.write(0xA0, data))


_GENERAL: Mapping[str, Any] = {
    "dns": _dns,
    "email": _mail,
    "uri": _uri,
    "ip": _address,
    "rid": _registered,
    "dirname": _directory,
    "othername": _other,
}


def general_names(texts: Iterable[str], tag: int = der.SEQUENCE) -> bytes:
    return der.write(tag, *[general_name(text) for text in texts])


def key_usage(names: Iterable[str]) -> bytes:
    positions: list[int] = []
    for one in names:
        plain = one.lower().replace(" ", "")
        if plain not in _KEY_USAGES and plain not in _USAGE_NAMES:
            raise Fail("'%s' is no usage of a key" % one)
        positions.append(_USAGE_NAMES.get(plain, -1) if plain in _USAGE_NAMES else _KEY_USAGES.index(plain))
    return der.named_bits(set(positions))


def purposes(names: Iterable[str]) -> bytes:
    found = [_PURPOSES.get(one.lower().replace(" ", ""), one) for one in names]
    return der.sequence(*[der.oid(one) for one in found])


def basic_constraints(words: Iterable[str]) -> bytes:
    """Return the constraints `CA:TRUE` and `pathlen:0`. Raises Fail."""
    authority, length = b"", b""
    for word in words:
        key, _, value = word.partition(":")
        if key.lower() == "ca" and value.upper() in ("TRUE", "FALSE"):
            authority = der.write(1, b"\xff") if value.upper() == "TRUE" else b""
        elif key.lower() == "pathlen" and value.isdigit():
            length = der.integer(int(value))
        else:
            raise Fail("'%s' is neither CA:TRUE, CA:FALSE nor pathlen:NUMBER" % word)
    return der.sequence(authority, length)


def name_constraints(permitted: Iterable[str], excluded: Iterable[str]) -> bytes:
    parts: list[bytes] = []
    for tag, texts in ((0xA0, permitted), (0xA1, excluded)):
        trees = [der.sequence(general_name(text, network=True)) for text in texts]
        parts += [der.write(tag, *trees)] if trees else []
    return der.sequence(*parts)


def subject_key(identifier: bytes) -> bytes:
    return der.write(der.OCTETS, identifier)


def authority_key(identifier: bytes | None, issuer: Iterable[str] = (), serial: int | None = None) -> bytes:
    parts = [der.write(0x80, identifier)] if identifier is not None else []
    issuer = list(issuer)
    parts += [general_names(issuer, 0xA1)] if issuer else []
    parts += [der.write(0x82, der.read(der.integer(serial)).content)] if serial is not None else []
    return der.sequence(*parts)


def crl_points(points: Iterable[Mapping[str, Any]]) -> bytes:
    """Return where lists of revoked certificates are: full_name, relative_name, crl_issuer, reasons."""
    written: list[bytes] = []
    for point in points:
        parts: list[bytes] = []
        if point.get("full_name"):
            parts.append(der.write(0xA0, general_names(point["full_name"], 0xA0)))
        elif point.get("relative_name"):
            pairs = [tuple(one.split("=", 1)) for one in point["relative_name"]]
            relative = der.read(der.read(name(pairs)).content)  # type: ignore[arg-type]
            parts.append(der.write(0xA0, der.write(0xA1, relative.content)))
        if point.get("reasons"):
            bits = der.read(der.named_bits({_REASONS.index(one) for one in point["reasons"]}))
            parts.append(der.write(0x81, bits.content))
        if point.get("crl_issuer"):
            parts.append(general_names(point["crl_issuer"], 0xA2))
        written.append(der.sequence(*parts))
    return der.sequence(*written)


def extensions(found: Extensions) -> bytes:
    """Return a list of extensions."""
    parts: list[bytes] = []
    for kind, (critical, value) in found.items():
        flag = der.write(1, b"\xff") if critical else b""
        parts.append(der.sequence(der.oid(kind), flag, der.write(der.OCTETS, value)))
    return der.sequence(*parts)


def extensions_of(node: der.Node) -> Extensions:
    """Return the extensions of a list."""
    found: Extensions = {}
    for one in node.children:
        parts = one.children
        found[parts[0].oid] = (len(parts) > 2 and parts[1].content == b"\xff", parts[-1].content)
    return found
