"""blockinfile: a block of lines between two markers."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from .base.files import FileArgs
from .base.module import Module, modules
from .base.types import Bool, Path, Text, arg


@modules.register("blockinfile")
class BlockInFile(Module):
    """Make sure that a block of lines is in a text file between its marker lines, or that it is not.

    Returns:
        msg: what was done.
        backup_file: the copy of the old file, with `backup`.

    Examples:
        - name: Keep the addresses of our machines
          blockinfile:
            path: /etc/hosts
            marker: "# {mark} our machines"
            block: |
              10.0.0.1 db1
              10.0.0.2 db2
    """

    class Args(FileArgs):
        path: Path = arg(..., "dest", "destfile", "name")
        """The file."""
        state: Literal["absent", "present"] = "present"
        """Whether the block is to be there."""
        block: Text = arg("", "content")
        """The lines; none remove the block."""
        marker: Text = "# {mark} ANSIBLE MANAGED BLOCK"
        """The lines around it, with `{mark}` for what begins or ends it."""
        marker_begin: Text = "BEGIN"
        """What `{mark}` is at the beginning."""
        marker_end: Text = "END"
        """What `{mark}` is at the end."""
        insertafter: Text | None = None
        """A regular expression for the line behind which a new block goes, or EOF."""
        insertbefore: Text | None = None
        """A regular expression for the line before which a new block goes, or BOF."""
        create: Bool = False
        """Make the file if it is not there."""
        backup: Bool = False
        """Keep a copy of the old file."""
        validation: Text | None = arg(None, name="validate")
        """A command that must accept the new file, `%s` in it."""
        append_newline: Bool = False
        """Have an empty line behind the block."""
        prepend_newline: Bool = False
        """Have an empty line before the block."""
        encoding: Text = "utf-8"
        """The encoding of the file."""

        @model_validator(mode="after")
        def _one_place(self) -> Self:
            if self.insertafter is not None and self.insertbefore is not None:
                raise ValueError("insertafter and insertbefore exclude each other")
            if self.marker.replace("{mark}", self.marker_begin) == self.marker.replace(
                "{mark}", self.marker_end
            ):
                raise ValueError("the markers of begin and end must differ: write {mark} in marker")
            return self

    target = "blockinfile.run"
