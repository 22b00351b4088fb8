"""replace: every match of a regular expression in a file."""

from __future__ import annotations

from .base.files import FileArgs
from .base.module import Module, modules
from .base.types import Bool, Path, Text, arg


@modules.register("replace")
class Replace(Module):
    r"""Replace every match of `regexp` in a text file, or in its part between `after` and `before`.

    Returns:
        msg: how many places were changed.
        backup_file: the copy of the old file, with `backup`.

    Examples:
        - name: Use the mirror of the house
          replace:
            path: /etc/apt/sources.list
            regexp: http://deb\.debian\.org
            replace: http://mirror.example.org
            backup: true
    """

    class Args(FileArgs):
        path: Path = arg(..., "dest", "destfile", "name")
        """The file."""
        regexp: Text
        """A regular expression, with MULTILINE, for what to replace."""
        replace: Text = ""
        """What to put there, with `\\1` for groups; without it, what fits is removed."""
        after: Text | None = None
        """Only replace behind what this expression fits."""
        before: Text | None = None
        """Only replace before what this expression fits."""
        backup: Bool = False
        """Keep a copy of the old file."""
        validation: Text | None = arg(None, name="validate")
        """A command that must accept the new file, `%s` in it."""
        encoding: Text = "utf-8"
        """The encoding of the file."""

    target = "replace.run"
