"""openssl_privatekey: private keys."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from .base.files import FileArgs
from .base.module import Module, modules
from .base.types import Bool, Int, Path, Text, arg

Curve = Literal[
    "secp224r1", "secp256k1", "secp256r1", "secp384r1", "secp521r1", "secp192r1", "brainpoolP256r1",
    "brainpoolP384r1", "brainpoolP512r1", "sect163k1", "sect163r2", "sect233k1", "sect233r1", "sect283k1",
    "sect283r1", "sect409k1", "sect409r1", "sect571k1", "sect571r1",
]  # fmt: skip
Kind = Literal[
    "DSA", "ECC", "Ed25519", "Ed448", "RSA", "X25519", "X448", "ML-DSA-44", "ML-DSA-65", "ML-DSA-87"
]
Regenerate = Literal["never", "fail", "partial_idempotence", "full_idempotence", "always"]


@modules.register("openssl_privatekey")
class OpensslPrivateKey(Module):
    """Keep a private key in a file, made by the host's openssl where it is missing or is another than wanted.

    No Python library is needed. The passphrase reaches openssl through a pipe.

    Returns:
        filename, type, size, curve, fingerprint: the key.
        privatekey: the key itself, with `return_content`.
        backup_file: the copy of the old file, with `backup`.

    Examples:
        - name: Have a private key
          openssl_privatekey:
            path: /etc/ssl/private/app.key
            type: ECC
            curve: secp256r1
            mode: "0600"
    """

    class Args(FileArgs):
        path: Path
        """The file."""
        state: Literal["present", "absent"] = "present"
        """Whether it is to be there."""
        type: Kind = "RSA"
        """Its kind."""
        size: Int = 4096
        """Its bits."""
        curve: Curve | None = None
        """Its curve."""
        passphrase: Text | None = arg(None, secret=True)
        """Its passphrase."""
        cipher: Text = "auto"
        """How it is encrypted; `auto` chooses."""
        format: Literal["pkcs1", "pkcs8", "raw", "auto", "auto_ignore"] = "auto_ignore"
        """How it is written."""
        format_mismatch: Literal["regenerate", "convert"] = "regenerate"
        """What becomes of a key that is written in another way."""
        regenerate: Regenerate = "full_idempotence"
        """When a key that does not fit, or cannot be read, is made anew."""
        force: Bool = False
        """Make a new one each time."""
        backup: Bool = False
        """Keep a copy of the old file."""
        return_content: Bool = False
        """Return the key itself."""
        select_crypto_backend: Literal["auto", "cryptography"] = "auto"
        """Has no meaning: openssl does it."""

        @model_validator(mode="after")
        def _fits(self) -> Self:
            if self.state == "present" and self.type == "ECC" and self.curve is None:
                raise ValueError("type ECC needs curve")
            if self.cipher != "auto":
                raise ValueError("the only cipher is auto")
            if self.format == "raw" and self.type in ("RSA", "DSA", "ECC"):
                raise ValueError(f"a key of type {self.type} has no raw format")
            if self.format == "pkcs1" and self.type not in ("RSA", "DSA", "ECC"):
                raise ValueError(f"a key of type {self.type} has no format pkcs1")
            if self.format == "raw" and self.passphrase is not None:
                raise ValueError("a raw key takes no passphrase")
            return self

        def sent(self) -> dict[str, object]:
            """Return the options that have a meaning on the host."""
            return {
                name: value
                for name, value in super().sent().items()
                if name not in ("cipher", "select_crypto_backend")
            }

    target = "openssl_privatekey.run"
