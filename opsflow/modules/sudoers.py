"""sudoers: rules of sudo."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from .base.module import Module, ModuleArgs, modules
from .base.types import Bool, Path, StrList, Text


@modules.register("sudoers")
class Sudoers(Module):
    """Keep a file of sudoers.d with one rule, which visudo has to accept.

    Returns:
        msg: what was done.

    Examples:
        - name: Let the deployer restart the application
          sudoers:
            name: deploy-restart
            user: deploy
            commands: /usr/bin/systemctl restart app
    """

    class Args(ModuleArgs):
        name: Text
        user: Text | None = None
        group: Text | None = None
        commands: StrList | None = None
        defaults: StrList | None = None
        host: Text = "ALL"
        runas: Text | None = None
        nopassword: Bool = True
        noexec: Bool = False
        setenv: Bool = False
        state: Literal["present", "absent"] = "present"
        sudoers_path: Path = "/etc/sudoers.d"
        validation: Literal["absent", "detect", "required"] = "detect"

        @model_validator(mode="after")
        def _complete(self) -> Self:
            if self.user and self.group:
                raise ValueError("give user or group, not both")
            if self.state == "present" and not (self.commands and (self.user or self.group)):
                raise ValueError("state present needs commands, and user or group")
            if "/" in self.name:
                raise ValueError("name is that of a file, without a directory")
            return self

    target = "sudoers.run"
