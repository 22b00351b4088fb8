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
        state: Literal["absent", "present"] = "present"
        divert: Path | None = None
        holder: Text | None = None
        rename: Bool = False
        force: Bool = False

    target = "dpkg_divert.run"
