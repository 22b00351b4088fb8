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
        state: Literal["absent", "present"] = "present"
        line: Text | None = arg(None, "value")
        regexp: Text | None = arg(None, "regex")
        search_string: Text | None = None
        insertafter: Text | None = None
        insertbefore: Text | None = None
        firstmatch: Bool = False
        backrefs: Bool = False
        create: Bool = False
        backup: Bool = False
        validation: Text | None = arg(None, name="validate")
        encoding: Text = "utf-8"

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
