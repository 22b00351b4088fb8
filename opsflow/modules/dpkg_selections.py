"""dpkg_selections: what dpkg is to do with a package."""

from __future__ import annotations

from typing import Literal

from .base.module import Module, ModuleArgs, modules
from .base.types import Text


@modules.register("dpkg_selections")
class DpkgSelections(Module):
    """Hold a package at its version, or let it go again. Nothing is installed or removed by this.

    Returns:
        before, after: the selection before and now.

    Examples:
        - name: Keep the database at its version
          dpkg_selections:
            name: postgresql-15
            selection: hold
    """

    class Args(ModuleArgs):
        name: Text
        """The package."""
        selection: Literal["install", "hold", "deinstall", "purge"]
        """What dpkg is to do with it; `hold` keeps it as it is."""

    target = "dpkg_selections.run"
