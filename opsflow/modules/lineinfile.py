"""lineinfile: one line of a file."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from .base.files import FileArgs
from .base.module import Module, modules
from .base.types import Bool, Path, Text, arg


@modules.register("lineinfile")
class LineInFile(Module):
    r"""Make sure that a line is in a text file, replacing the one that `regexp` finds, or that it is not.

    Returns:
        msg: what was done.
        backup_file: the copy of the old file, with `backup`.

    Examples:
        - name: Allow no passwords over SSH
          lineinfile:
            path: /etc/ssh/sshd_config
            regexp: ^#?PasswordAuthentication
            line: PasswordAuthentication no
            validate: sshd -t -f %s

        - name: Remove a line
          lineinfile:
            path: /etc/hosts
            regexp: \sold-server$
            state: absent
    """

    class Args(FileArgs):
        path: Path = arg(..., "dest", "destfile", "name")
        """The file."""
        state: Literal["absent", "present"] = "present"
        """Whether the line is to be there."""
        line: Text | None = arg(None, "value")
        """The line; with `backrefs` groups of the expression are put in."""
        regexp: Text | None = arg(None, "regex")
        """A regular expression for the line to replace or remove: the last that fits."""
        search_string: Text | None = None
        """A text in the line to replace or remove, instead of an expression."""
        insertafter: Text | None = None
        """A regular expression for the line behind which a new one goes, or EOF."""
        insertbefore: Text | None = None
        """A regular expression for the line before which a new one goes, or BOF."""
        firstmatch: Bool = False
        """Take the first line that `insertafter` or `insertbefore` fits, not the last."""
        backrefs: Bool = False
        """Only replace, and fill `\\1` and the like in the line from the expression's groups."""
        create: Bool = False
        """Make the file if it is not there."""
        backup: Bool = False
        """Keep a copy of the old file."""
        validation: Text | None = arg(None, name="validate")
        """A command that must accept the new file, `%s` in it."""
        encoding: Text = "utf-8"
        """The encoding of the file."""

        @model_validator(mode="after")
        def _fits(self) -> Self:
            if self.regexp is not None and self.search_string is not None:
                raise ValueError("regexp and search_string exclude each other")
            if self.insertafter is not None and self.insertbefore is not None:
                raise ValueError("insertafter and insertbefore exclude each other")
            if self.state == "present" and self.line is None:
                raise ValueError("line is required with state=present")
            if self.state == "present" and self.backrefs and self.regexp is None:
                raise ValueError("regexp is required with backrefs=true")
            if self.line is None and self.regexp is None and self.search_string is None:
                raise ValueError("one of line, regexp and search_string is required with state=absent")
            return self

    target = "lineinfile.run"
