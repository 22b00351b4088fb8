"""known_hosts: SSH host keys that a user of the host trusts."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from .base.module import Module, ModuleArgs, modules
from .base.types import Bool, Path, Text, arg


@modules.register("known_hosts")
class KnownHosts(Module):
    """Add or remove the host keys of one name; `key` may hold several lines, as `ssh-keyscan` gives them.

    Returns:
        name, key, path, hash_host, state: as asked for.

    Examples:
        - name: Know the host key of the code server
          known_hosts:
            name: git.example.org
            key: "{{ lookup('file', 'keys/git.example.org.pub') }}"
            path: /etc/ssh/ssh_known_hosts
    """

    class Args(ModuleArgs):
        name: Text = arg(..., "host")
        """The host as ssh is told of it: `[name]:port` where the port is not 22."""
        key: Text | None = None
        """Lines as in a known_hosts file, each beginning with the name."""
        path: Path = "~/.ssh/known_hosts"
        """The file."""
        hash_host: Bool = False
        """Write the name so that it cannot be read."""
        state: Literal["absent", "present"] = "present"
        """Whether the key is to be there."""

        @model_validator(mode="after")
        def _consistent(self) -> Self:
            if self.state == "present" and not (self.key or "").strip():
                raise ValueError("No key specified when adding a host")
            if "," in self.name:
                raise ValueError("Comma separated list of names is not supported: give a single name")
            return self

    target = "known_hosts.run"
