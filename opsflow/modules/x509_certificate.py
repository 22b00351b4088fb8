"""x509_certificate: certificates that sign themselves, or are signed by an authority of one's own."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import model_validator

from .base.files import FileArgs
from .base.module import Module, modules
from .base.types import Bool, Path, Text, arg

Identifier = Literal["create_if_not_provided", "always_create", "never_create"]


class CertificateArgs(FileArgs):
    """Options of `x509_certificate`."""

    path: Path
    """The certificate."""
    state: Literal["present", "absent"] = "present"
    """Whether it is to be there."""
    provider: Literal["acme", "ownca", "selfsigned"] | None = None
    """Who signs: its own key, or an authority of yours."""
    csr_path: Path | None = None
    """The request."""
    csr_content: Text | None = None
    """The request itself."""
    privatekey_path: Path | None = None
    """The private key."""
    privatekey_content: Text | None = arg(None, secret=True)
    """The private key itself."""
    privatekey_passphrase: Text | None = arg(None, secret=True)
    """Its passphrase."""
    selfsigned_version: Literal[3] = 3
    """Always 3."""
    selfsigned_digest: Text = "sha256"
    """How it is signed."""
    selfsigned_not_before: Text = arg("+0s", "selfsigned_notBefore")
    """From when it counts: `+0s`, or a time such as 20260101000000Z."""
    selfsigned_not_after: Text = arg("+3650d", "selfsigned_notAfter")
    """Until when it counts."""
    selfsigned_create_subject_key_identifier: Identifier = "create_if_not_provided"
    """When the key's identifier is taken from the key."""
    ownca_path: Path | None = None
    """The authority's certificate."""
    ownca_content: Text | None = None
    """The authority's certificate itself."""
    ownca_privatekey_path: Path | None = None
    """The authority's key."""
    ownca_privatekey_content: Text | None = arg(None, secret=True)
    """The authority's key itself."""
    ownca_privatekey_passphrase: Text | None = arg(None, secret=True)
    """The passphrase of that key."""
    ownca_version: Literal[3] = 3
    """Always 3."""
    ownca_digest: Text = "sha256"
    """How it is signed."""
    ownca_not_before: Text = "+0s"
    """From when it counts."""
    ownca_not_after: Text = "+3650d"
    """Until when it counts."""
    ownca_create_subject_key_identifier: Identifier = "create_if_not_provided"
    """When the key's identifier is taken from the key."""
    ownca_create_authority_key_identifier: Bool = True
    """Put in the identifier of the authority's key."""
    acme_accountkey_path: Path | None = None
    """Refused, with its provider."""
    acme_challenge_path: Path | None = None
    """Refused, with its provider."""
    acme_chain: Bool = False
    """Refused, with its provider."""
    acme_directory: Text = "https://acme-v02.api.letsencrypt.org/directory"
    """Refused, with its provider."""
    ignore_timestamps: Bool = True
    """A certificate that counts from or until another time fits."""
    force: Bool = False
    """Make a new one each time."""
    backup: Bool = False
    """Keep a copy of the old file."""
    return_content: Bool = False
    """Return the certificate itself."""
    select_crypto_backend: Literal["auto", "cryptography"] = "auto"
    """Has no meaning: openssl does it."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.state == "absent":
            return self
        if self.provider is None:
            raise ValueError("state present needs provider")
        if self.provider == "acme":
            raise ValueError("provider acme is not there: it needs the program acme-tiny; use certbot")
        needed = ["privatekey"] if self.provider == "selfsigned" else ["csr", "ownca", "ownca_privatekey"]
        for name in needed:
            if not (self._given(name + "_path") or self._given(name + "_content")):
                raise ValueError(f"provider {self.provider} needs {name}_path or {name}_content")
        for name in ("csr", "privatekey", "ownca", "ownca_privatekey"):
            if self._given(name + "_path") and self._given(name + "_content"):
                raise ValueError(f"give {name}_path or {name}_content, not both")
        return self

    def _given(self, name: str) -> bool:
        return getattr(self, name) is not None

    def sent(self) -> dict[str, Any]:
        """Return the options that have a meaning on the host, those of the provider without its name."""
        sent = super().sent()
        own = f"{self.provider}_" if self.provider else "selfsigned_"
        for name in ("digest", "not_before", "not_after", "create_subject_key_identifier"):
            sent[name] = sent.get(own + name)
        left = ("selfsigned_", "acme_", "ownca_digest", "ownca_not_", "ownca_create_subject", "ownca_version")
        return {
            name: value
            for name, value in sent.items()
            if not name.startswith((*left, "select_")) and value is not None
        }


@modules.register("x509_certificate")
class X509Certificate(Module):
    """Keep a certificate in a file, signed with its own key or that of an authority by the host's openssl.

    The providers are selfsigned and ownca; it needs no Python library.

    Returns:
        filename: the file.
        certificate: the certificate, with `return_content`.
        backup_file: the copy of the old file, with `backup`.

    Examples:
        - name: Have a certificate until there is a better one
          x509_certificate:
            path: /etc/ssl/app.pem
            privatekey_path: /etc/ssl/private/app.key
            csr_path: /etc/ssl/app.csr
            provider: selfsigned
    """

    Args = CertificateArgs
    target = "x509_certificate.run"
