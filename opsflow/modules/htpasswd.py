"""htpasswd: users and passwords for web servers."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from .base.files import FileArgs
from .base.module import Module, modules
from .base.types import Bool, Path, Text, arg

SCHEMES = (
    "apr_md5_crypt", "bcrypt", "des_crypt", "ldap_sha1", "md5_crypt", "plaintext", "sha256_crypt",
    "sha512_crypt",
)  # fmt: skip


@modules.register("htpasswd")
class HtPasswd(Module):
    """Keep a user with a password in a file of htpasswd, or out of it.

    `hash_scheme` is one of apr_md5_crypt, bcrypt, des_crypt, ldap_sha1, md5_crypt, plaintext, sha256_crypt
    and sha512_crypt. A password that is there already, hashed in whichever of these ways, is left alone.

    Returns:
        dest, path: the file.
        owner, group, mode, uid, gid, size, state: what it is like now.
        msg: what was done.

    Examples:
        - name: Let a person into the web page
          htpasswd:
            path: /etc/nginx/htpasswd
            name: anna
            password: "{{ anna_password }}"
            owner: root
            group: www-data
            mode: "0640"
    """

    class Args(FileArgs):
        path: Path = arg(..., "dest", "destfile")
        """The file."""
        name: Text = arg(..., "username")
        """The user."""
        password: Text | None = arg(None, secret=True)
        """The password."""
        hash_scheme: Text = arg("apr_md5_crypt", "crypt_scheme")
        """How it is hashed."""
        state: Literal["present", "absent"] = "present"
        """Whether the user is to be there."""
        create: Bool = True
        """Make the file if it is not there."""

        @model_validator(mode="after")
        def _complete(self) -> Self:
            if self.state == "present" and self.password is None:
                raise ValueError("state present needs a password")
            if self.hash_scheme not in SCHEMES:
                raise ValueError(f"hash_scheme '{self.hash_scheme}' is none of {', '.join(SCHEMES)}")
            if ":" in self.name or "\n" in self.name:
                raise ValueError("the name of a user of htpasswd has no colon and no line break")
            return self

    target = "htpasswd.run"
