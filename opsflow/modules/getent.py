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
        """What to look in, such as passwd and hosts."""
        key: Text | None = None
        """What to look for; all of it without."""
        service: Text | None = None
        """The source to ask, such as files."""
        split: Text | None = None
        """What stands between fields."""
        fail_key: Bool = True
        """Fail where the key is not there."""

    target = "getent.run"
    finds_facts = True
