"""apt_repo: package repositories of ALT Linux."""

from __future__ import annotations

from typing import Literal

from .base.module import Module, ModuleArgs, modules
from .base.types import Bool, Text


@modules.register("apt_repo")
class AptRepo(Module):
    """Add and remove repositories of ALT Linux, by its program apt-repo; `apt_repository` is for Debian's.

    Returns:
        repo, state: as asked for.

    Examples:
        - name: Have one repository and no other
          apt_repo:
            repo: Sisyphus
            remove_others: true
            update: true
    """

    class Args(ModuleArgs):
        repo: Text
        """Its name or source as apt-repo knows it; `all` with `state: absent`."""
        state: Literal["absent", "present"] = "present"
        """Whether it is to be there."""
        remove_others: Bool = False
        """Remove all others when it is added."""
        update: Bool = False
        """Refresh the lists of packages afterwards."""

    target = "apt_repo.run"
    check_mode = False
