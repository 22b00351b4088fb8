"""openssl_csr: requests for certificates."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, model_validator

from .base.files import FileArgs
from .base.module import Module, ModuleArgs, modules
from .base.types import Bool, Dict, Int, List, Path, StrList, Text, arg, to_items

Reason = Literal[
    "key_compromise", "ca_compromise", "affiliation_changed", "superseded", "cessation_of_operation",
    "certificate_hold", "privilege_withdrawn", "aa_compromise",
]  # fmt: skip
_SUBJECT = (
    ("C", "country_name"), ("ST", "state_or_province_name"), ("L", "locality_name"),
    ("O", "organization_name"), ("OU", "organizational_unit_name"), ("CN", "common_name"),
    ("emailAddress", "email_address"),
)  # fmt: skip


class CrlPoint(ModuleArgs):
    """Where a list of revoked certificates is."""

    full_name: StrList | None = None
    """Where the list is: names such as `URI:http://…`."""
    relative_name: StrList | None = None
    """Where it is, relative to its issuer."""
    crl_issuer: StrList | None = None
    """Who signs the list."""
    reasons: Annotated[list[Reason], BeforeValidator(to_items)] | None = None
    """Which reasons it is for."""

    @model_validator(mode="after")
    def _one_name(self) -> Self:
        if self.full_name and self.relative_name:
            raise ValueError("give full_name or relative_name, not both")
        if not (self.full_name or self.relative_name or self.crl_issuer):
            raise ValueError("give full_name, relative_name or crl_issuer")
        return self


class CsrArgs(FileArgs):
    """Options of `openssl_csr`."""

    path: Path
    """The request."""
    state: Literal["present", "absent"] = "present"
    """Whether it is to be there."""
    privatekey_path: Path | None = None
    """The private key."""
    privatekey_content: Text | None = arg(None, secret=True)
    """The private key itself."""
    privatekey_passphrase: Text | None = arg(None, secret=True)
    """Its passphrase."""
    digest: Text = "sha256"
    """How it is signed."""
    version: Literal[1] = 1
    """Always 1."""
    subject: Dict | None = None
    """The subject, part by part."""
    subject_ordered: List | None = None
    """The subject, its parts in order."""
    country_name: Text | None = arg(None, "C", "countryName")
    """The subject's C."""
    state_or_province_name: Text | None = arg(None, "ST", "stateOrProvinceName")
    """The subject's ST."""
    locality_name: Text | None = arg(None, "L", "localityName")
    """The subject's L."""
    organization_name: Text | None = arg(None, "O", "organizationName")
    """The subject's O."""
    organizational_unit_name: Text | None = arg(None, "OU", "organizationalUnitName")
    """The subject's OU."""
    common_name: Text | None = arg(None, "CN", "commonName")
    """The subject's CN."""
    email_address: Text | None = arg(None, "E", "emailAddress")
    """The subject's address."""
    subject_alt_name: StrList | None = arg(None, "subjectAltName")
    """Other names: `DNS:example.com`, `IP:192.0.2.1`."""
    subject_alt_name_critical: Bool = arg(False, "subjectAltName_critical")
    """Those must be understood."""
    use_common_name_for_san: Bool = arg(True, "useCommonNameForSAN")
    """Take the CN where there are no other names."""
    key_usage: StrList | None = arg(None, "keyUsage")
    """What the key is for."""
    key_usage_critical: Bool = arg(False, "keyUsage_critical")
    """That must be understood."""
    extended_key_usage: StrList | None = arg(None, "extKeyUsage", "extendedKeyUsage")
    """What more exactly the key is for."""
    extended_key_usage_critical: Bool = arg(False, "extKeyUsage_critical", "extendedKeyUsage_critical")
    """That must be understood."""
    basic_constraints: StrList | None = arg(None, "basicConstraints")
    """Whether it is an authority: `CA:TRUE`, `pathlen:0`."""
    basic_constraints_critical: Bool = arg(False, "basicConstraints_critical")
    """That must be understood."""
    ocsp_must_staple: Bool = arg(False, "ocspMustStaple")
    """Servers must show that it is not revoked."""
    ocsp_must_staple_critical: Bool = arg(False, "ocspMustStaple_critical")
    """That must be understood."""
    name_constraints_permitted: StrList | None = None
    """The only names that an authority may sign."""
    name_constraints_excluded: StrList | None = None
    """Names that an authority may not sign."""
    name_constraints_critical: Bool = False
    """Those must be understood."""
    create_subject_key_identifier: Bool = False
    """Take the key's identifier from the key."""
    subject_key_identifier: Text | None = None
    """The key's identifier."""
    authority_key_identifier: Text | None = None
    """The identifier of the authority's key."""
    authority_cert_issuer: StrList | None = None
    """Who has signed the authority's certificate."""
    authority_cert_serial_number: Int | None = None
    """The number of that certificate."""
    crl_distribution_points: Annotated[list[CrlPoint], BeforeValidator(to_items)] | None = None
    """Where lists of revoked certificates are."""
    force: Bool = False
    """Make a new one each time."""
    backup: Bool = False
    """Keep a copy of the old file."""
    return_content: Bool = False
    """Return the request itself."""
    select_crypto_backend: Literal["auto", "cryptography"] = "auto"
    """Has no meaning: openssl does it."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.state == "present" and (self.privatekey_path is None) == (self.privatekey_content is None):
            raise ValueError("state present needs privatekey_path or privatekey_content, one of both")
        if self.subject and self.subject_ordered:
            raise ValueError("give subject or subject_ordered, not both")
        if self.subject_ordered and any(getattr(self, name) for _, name in _SUBJECT):
            raise ValueError("subject_ordered takes the place of all options for parts of the subject")
        if self.create_subject_key_identifier and self.subject_key_identifier is not None:
            raise ValueError("give create_subject_key_identifier or subject_key_identifier, not both")
        if (self.authority_cert_issuer is None) != (self.authority_cert_serial_number is None):
            raise ValueError("authority_cert_issuer and authority_cert_serial_number go together")
        return self

    def names(self) -> list[tuple[str, str]]:
        """Return the parts of the subject in their order."""
        if self.subject_ordered:
            return [(str(key), str(value)) for part in self.subject_ordered for key, value in part.items()]
        pairs = [(key, value) for key, name in _SUBJECT if (value := getattr(self, name))]
        for key, value in (self.subject or {}).items():
            values: list[Any] = to_items(value) if isinstance(value, list) else [value]
            pairs += [(key, str(one)) for one in values]
        return pairs

    def sent(self) -> dict[str, Any]:
        """Return the options that have a meaning on the host, the subject as one list."""
        left = {
            "subject",
            "subject_ordered",
            "select_crypto_backend",
            "version",
            *(name for _, name in _SUBJECT),
        }
        sent = {name: value for name, value in super().sent().items() if name not in left}
        return {**sent, "names": self.names(), "ordered": bool(self.subject_ordered)}


@modules.register("openssl_csr")
class OpensslCsr(Module):
    """Keep a request for a certificate in a file, signed by the host's openssl, without a Python library.

    Returns:
        filename, privatekey: the files.
        subject, subjectAltName, keyUsage, extendedKeyUsage, basicConstraints: what is asked for.
        csr: the request, with `return_content`.
        backup_file: the copy of the old file, with `backup`.

    Examples:
        - name: Ask for a certificate
          openssl_csr:
            path: /etc/ssl/app.csr
            privatekey_path: /etc/ssl/private/app.key
            common_name: app.example.org
            subject_alt_name: [DNS:app.example.org, DNS:www.example.org]
    """

    Args = CsrArgs
    target = "openssl_csr.run"
