"""tempfile: a file or directory that nobody else has."""

from __future__ import annotations

from typing import Literal

from .base.module import Module, ModuleArgs, modules
from .base.types import Path, Text


@modules.register("tempfile")
class TempFile(Module):
    """Make a temporary file (0600) or directory (0700) on the host and return its `path`.

    Returns:
        path: the file or directory.
        owner, group, mode, uid, gid, state: what it is like.

    Examples:
        - name: Have a place to build in
          tempfile:
            state: directory
            suffix: .build
          register: build
    """

    class Args(ModuleArgs):
        state: Literal["directory", "file"] = "file"
        """A file or a directory."""
        path: Path | None = None
        """The directory for it."""
        prefix: Text = "ansible."
        """How its name begins."""
        suffix: Text = ""
        """How its name ends."""

    repeatable = False
    target = "tempfile.run"
    check_mode = False
