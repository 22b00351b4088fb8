"""openssl_dhparam: parameters for Diffie-Hellman."""

from __future__ import annotations

from typing import Literal

from .base.files import FileArgs
from .base.module import Module, modules
from .base.types import Bool, Int, Path


@modules.register("openssl_dhparam")
class OpensslDhparam(Module):
    """Keep parameters for Diffie-Hellman in a file, made by the host's openssl; 4096 bits take minutes.

    Returns:
        filename, size: the file, and how many bits.
        dhparams: the parameters, with `return_content`.
        backup_file: the copy of the old file, with `backup`.

    Examples:
        - name: Have parameters of our own
          openssl_dhparam:
            path: /etc/ssl/dhparams.pem
            size: 2048
    """

    class Args(FileArgs):
        path: Path
        """The file."""
        state: Literal["present", "absent"] = "present"
        """Whether it is to be there."""
        size: Int = 4096
        """The bits."""
        force: Bool = False
        """Make new ones each time."""
        backup: Bool = False
        """Keep a copy of the old file."""
        return_content: Bool = False
        """Return the parameters themselves."""
        select_crypto_backend: Literal["auto", "cryptography", "openssl"] = "auto"
        """Has no meaning: openssl does it."""

        def sent(self) -> dict[str, object]:
            """Return the options that have a meaning on the host."""
            sent = super().sent()
            return {name: value for name, value in sent.items() if name != "select_crypto_backend"}

    target = "openssl_dhparam.run"
