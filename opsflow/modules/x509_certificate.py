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
    state: Literal["present", "absent"] = "present"
    provider: Literal["acme", "ownca", "selfsigned"] | None = None
    csr_path: Path | None = None
    csr_content: Text | None = None
    privatekey_path: Path | None = None
    privatekey_content: Text | None = arg(None, secret=True)
    privatekey_passphrase: Text | None = arg(None, secret=True)
    selfsigned_version: Literal[3] = 3
    selfsigned_digest: Text = "sha256"
    selfsigned_not_before: Text = arg("+0s", "selfsigned_notBefore")
    selfsigned_not_after: Text = arg("+3650d", "selfsigned_notAfter")
    selfsigned_create_subject_key_identifier: Identifier = "create_if_not_provided"
    ownca_path: Path | None = None
    ownca_content: Text | None = None
    ownca_privatekey_path: Path | None = None
    ownca_privatekey_content: Text | None = arg(None, secret=True)
    ownca_privatekey_passphrase: Text | None = arg(None, secret=True)
    ownca_version: Literal[3] = 3
    ownca_digest: Text = "sha256"
    ownca_not_before: Text = "+0s"
    ownca_not_after: Text = "+3650d"
    ownca_create_subject_key_identifier: Identifier = "create_if_not_provided"
    ownca_create_authority_key_identifier: Bool = True
    acme_accountkey_path: Path | None = None
    acme_challenge_path: Path | None = None
    acme_chain: Bool = False
    acme_directory: Text = "https://acme-v02.api.letsencrypt.org/directory"
    ignore_timestamps: Bool = True
    force: Bool = False
    backup: Bool = False
    return_content: Bool = False
    select_crypto_backend: Literal["auto", "cryptography"] = "auto"

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
