"""dpkg_divert: files of packages that are put elsewhere."""

from __future__ import annotations

from typing import Literal

from .base.module import Module, ModuleArgs, modules
from .base.types import Bool, Path, Text


@modules.register("dpkg_divert")
class DpkgDivert(Module):
    """Let dpkg put a file of packages elsewhere, so that the host can have its own in its place.

    Returns:
        diversion: the file, where it goes, and for whom.
        commands: what was run.
        messages: what dpkg-divert said.

    Examples:
        - name: Have our own version of a file of a package
          dpkg_divert:
            path: /etc/nginx/sites-available/default
            rename: true
    """

    class Args(ModuleArgs):
        path: Path
        """The file that is diverted."""
        state: Literal["absent", "present"] = "present"
        """Whether it is to be so."""
        divert: Path | None = None
        """The name that it gets instead."""
        holder: Text | None = None
        """The package whose own file stays; LOCAL without."""
        rename: Bool = False
        """Rename the file as well."""
        force: Bool = False
        """Overwrite what is in the way, and change a diversion of another holder."""

    target = "dpkg_divert.run"
