"""pamd: rules of PAM."""

from __future__ import annotations

import re
from typing import Literal, Self

from pydantic import model_validator

from .base.module import Module, ModuleArgs, modules
from .base.types import Bool, Path, StrList, Text

Kind = Literal[
    "account", "-account", "auth", "-auth", "password", "-password", "session", "-session"
]  # fmt: skip
_CONTROL = re.compile(r"(required|requisite|sufficient|optional|include|substack|definitive|\[.*\])$")


@modules.register("pamd")
class Pamd(Module):
    """Change, remove or insert rules of a PAM service, beside a rule known by type, control and module.

    Other lines stay as they are, and no comment with the date of the change is written.

    Returns:
        change_count: how many rules were changed.
        backupdest: the copy of the old file, with `backup`.

    Examples:
        - name: Lock accounts after failed logins
          pamd:
            name: common-auth
            type: auth
            control: "[success=1 default=ignore]"
            module_path: pam_unix.so
            new_type: auth
            new_control: required
            new_module_path: pam_faillock.so
            module_arguments: preauth silent deny=5
            state: before
    """

    class Args(ModuleArgs):
        name: Text
        """The service: a file in the directory."""
        type: Kind
        """The type of the rule."""
        control: Text
        """The control of the rule."""
        module_path: Text
        """The module of the rule."""
        new_type: Kind | None = None
        """The type that it gets, or of the new rule."""
        new_control: Text | None = None
        """The control that it gets, or of the new rule."""
        new_module_path: Text | None = None
        """The module that it gets, or of the new rule."""
        module_arguments: StrList | None = None
        """Arguments of the module."""
        state: Literal["absent", "before", "after", "args_absent", "args_present", "updated"] = "updated"
        """What is done: change, add before or after, remove, or change arguments."""
        path: Path = "/etc/pam.d"
        """The directory."""
        backup: Bool = False
        """Keep a copy of the old file."""

        @model_validator(mode="after")
        def _complete(self) -> Self:
            if self.state in ("args_absent", "args_present") and self.module_arguments is None:
                raise ValueError(f"state {self.state} needs module_arguments")
            if self.state in ("before", "after") and not (
                self.new_type and self.new_control and self.new_module_path
            ):
                raise ValueError(f"state {self.state} needs new_type, new_control and new_module_path")
            for control in (self.control, self.new_control):
                if control is not None and not _CONTROL.match(control):
                    raise ValueError(f"'{control}' is no control of PAM")
            if self.state == "args_present" and any(
                one.startswith("[") for one in self.module_arguments or ()
            ):
                raise ValueError("arguments in brackets can be set with state updated only")
            return self

    target = "pamd.run"
