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
        state: Literal["absent", "present"] = "present"
        block: Text = arg("", "content")
        marker: Text = "# {mark} ANSIBLE MANAGED BLOCK"
        marker_begin: Text = "BEGIN"
        marker_end: Text = "END"
        insertafter: Text | None = None
        insertbefore: Text | None = None
        create: Bool = False
        backup: Bool = False
        validation: Text | None = arg(None, name="validate")
        append_newline: Bool = False
        prepend_newline: Bool = False
        encoding: Text = "utf-8"

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
