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
        regexp: Text
        replace: Text = ""
        after: Text | None = None
        before: Text | None = None
        backup: Bool = False
        validation: Text | None = arg(None, name="validate")
        encoding: Text = "utf-8"

    target = "replace.run"
