"""getent: users, groups, hosts and services as a host's name service knows them."""

from __future__ import annotations

from .base.module import Module, ModuleArgs, modules
from .base.types import Bool, Text


@modules.register("getent")
class Getent(Module):
    """Ask the host's name service; the answer becomes the fact `getent_DATABASE`.

    Returns:
        ansible_facts: `getent_DATABASE`, a mapping of keys to lists of fields.

    Examples:
        - name: Know the accounts
          getent:
            database: passwd

        - name: Look up one group, which may not be there
          getent:
            database: group
            key: docker
            fail_key: false
    """

    class Args(ModuleArgs):
        database: Text
        key: Text | None = None
        service: Text | None = None
        split: Text | None = None
        fail_key: Bool = True

    target = "getent.run"
