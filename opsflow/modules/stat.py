"""stat: everything about a path."""

from __future__ import annotations

from typing import Literal

from .base.module import Module, ModuleArgs, modules
from .base.types import Bool, Path, arg


@modules.register("stat")
class Stat(Module):
    """Return what is known of a path: kind, size, owner, mode, times, checksum.

    Returns:
        stat: `exists`, and if it does its kind, owner, mode, times, size, checksum and more.

    Examples:
        - name: Is there a certificate?
          stat:
            path: /etc/ssl/app.pem
          register: certificate

        - name: Make one
          command: /usr/local/bin/make-certificate
          when: not certificate.stat.exists
    """

    class Args(ModuleArgs):
        path: Path = arg(..., "dest", "name")
        """The path to look at."""
        follow: Bool = False
        """Tell of what a link points to."""
        get_checksum: Bool = True
        """Tell the checksum of a file."""
        checksum_algorithm: Literal["md5", "sha1", "sha224", "sha256", "sha384", "sha512"] = arg(
            "sha1", "checksum", "checksum_algo"
        )
        """How that is reckoned."""
        get_mime: Bool = arg(True, "mime", "mime_type", "mime-type")
        """Tell what kind of file it is."""
        get_attributes: Bool = arg(True, "attr", "attributes")
        """Tell its flags of the file system."""
        get_selinux_context: Bool = False
        """Tell its SELinux context."""

    target = "stat.run"
