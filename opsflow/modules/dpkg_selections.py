"""dpkg_selections: what dpkg is to do with a package."""

from __future__ import annotations

from typing import Literal

from .base.module import Module, ModuleArgs, modules
from .base.types import Text


@modules.register("dpkg_selections")
class DpkgSelections(Module):
    """Hold a package at its version, or let it go again. Nothing is installed or removed by this."""

    class Args(ModuleArgs):
        name: Text
        selection: Literal["install", "hold", "deinstall", "purge"]

    target = "dpkg_selections.run"
