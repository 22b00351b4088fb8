"""openssh_keypair: keys for SSH."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from .base.files import FileArgs
from .base.module import Module, modules
from .base.types import Bool, Int, Path, Text, arg

_SIZES = {"ecdsa": (256, 384, 521)}


@modules.register("openssh_keypair")
class OpensshKeypair(Module):
    """Keep a pair of keys for SSH, made by ssh-keygen where it is missing or another than wanted.

    The passphrase is typed into ssh-keygen on a terminal, whatever `backend` says.

    Returns:
        filename: the private key.
        public_key, comment, fingerprint, type, size: what the pair is like.

    Examples:
        - name: Have a key for deployments
          openssh_keypair:
            path: /home/deploy/.ssh/id_ed25519
            type: ed25519
            comment: deploy
            owner: deploy
            mode: "0600"
    """

    class Args(FileArgs):
        path: Path
        """The private key; the public one has `.pub` behind."""
        state: Literal["present", "absent"] = "present"
        """Whether it is to be there."""
        type: Literal["rsa", "dsa", "rsa1", "ecdsa", "ed25519", "mldsa44"] = "rsa"
        """Its kind."""
        size: Int | None = None
        """Its bits."""
        comment: Text | None = None
        """Its comment."""
        passphrase: Text | None = arg(None, secret=True)
        """Its passphrase."""
        private_key_format: Literal["auto", "pkcs1", "pkcs8", "ssh"] = "auto"
        """How the private key is written."""
        regenerate: Literal["never", "fail", "partial_idempotence", "full_idempotence", "always"] = (
            "partial_idempotence"
        )
        """When a key that does not fit, or cannot be read, is made anew."""
        force: Bool = False
        """Make a new one each time."""
        backend: Literal["auto", "cryptography", "opensshbin"] = "auto"
        """Has no meaning: ssh-keygen does it."""

        @model_validator(mode="after")
        def _fits(self) -> Self:
            if self.type == "rsa1":
                raise ValueError("keys of type rsa1 are no more: no SSH server accepts them")
            if self.size is not None and self.type in _SIZES and self.size not in _SIZES[self.type]:
                raise ValueError(f"a key of type {self.type} has a size of 256, 384 or 521 bits")
            if self.type == "rsa" and self.size is not None and self.size < 1024:
                raise ValueError("a key of type rsa has 1024 bits or more")
            if self.passphrase is not None and len(self.passphrase) < 5:
                raise ValueError("a passphrase has five characters or more")
            return self

        def sent(self) -> dict[str, object]:
            """Return the options that have a meaning on the host."""
            return {name: value for name, value in super().sent().items() if name != "backend"}

    target = "openssh_keypair.run"
