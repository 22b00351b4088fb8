"""apt_key: keys that apt trusts for every repository."""

from __future__ import annotations

import re
from typing import Literal, Self

from pydantic import model_validator

from .base.module import Module, ModuleArgs, Result, TaskContext, modules
from .base.types import Bool, Path, Text

_ID = re.compile(r"^(0[xX])?([0-9a-fA-F]{8}|[0-9a-fA-F]{16,})$")


@modules.register("apt_key")
class AptKey(Module):
    """Add or remove keys by `apt-key`.

    Debian 13 and newer have no `apt-key`: there `deb822_repository` with `signed_by` names a repository's
    key.

    Returns:
        id, key_id, short_id, fp: the key and its fingerprint.
        before, after: the keys before and now.

    Examples:
        - name: Trust a key
          apt_key:
            url: https://example.org/archive.asc
            id: 36A1D7869245C8950F966E92D8576A8BA88D21E9
            keyring: /etc/apt/trusted.gpg.d/example.gpg
    """

    class Args(ModuleArgs):
        id: Text | None = None
        """The key's identifier of 8, 16 or more hexadecimal digits; found in the key where not given."""
        state: Literal["absent", "present"] = "present"
        """Whether the key is to be there."""
        data: Text | None = None
        """The key itself."""
        file: Path | None = None
        """A file on the host."""
        url: Text | None = None
        """Where to get it."""
        keyserver: Text | None = None
        """The server of keys to ask."""
        keyring: Path | None = None
        """The file that keeps it."""
        validate_certs: Bool = True
        """Check the certificate of the server."""

        @model_validator(mode="after")
        def _consistent(self) -> Self:
            named = {"data": self.data, "file": self.file, "keyserver": self.keyserver, "url": self.url}
            given = [name for name, value in named.items() if value]
            if len(given) > 1:
                raise ValueError(f"{' and '.join(given)} cannot be given together")
            if not self.id and (self.keyserver or not given):
                raise ValueError(
                    "id is needed: " + (f"{given[0]} is asked for it" if given else "no key is given")
                )
            if self.id and not _ID.match(self.id):
                raise ValueError("Invalid key_id: it must be 8, 16 or more hexadecimal digits")
            if self.state == "present" and not given:
                raise ValueError("a key is needed to add it: data, file, url or keyserver")
            return self

    detachable = True

    async def run(self, task: TaskContext, args: Args) -> Result:
        options = args.sent()
        if args.url:
            return await task.call("apt_key_url.run", options)
        del options["validate_certs"]
        return await task.call("apt_key.run", options)
