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
        """The file in the directory."""
        user: Text | None = None
        """The user it is for."""
        group: Text | None = None
        """The group it is for."""
        commands: StrList | None = None
        """What may be run; `ALL` for everything."""
        defaults: StrList | None = None
        """Settings for them."""
        host: Text = "ALL"
        """The host it is for."""
        runas: Text | None = None
        """The user that it is run as."""
        nopassword: Bool = True
        """No password is asked for."""
        noexec: Bool = False
        """Programs may start no others."""
        setenv: Bool = False
        """The environment may be set."""
        state: Literal["present", "absent"] = "present"
        """Whether it is to be there."""
        sudoers_path: Path = "/etc/sudoers.d"
        """The directory."""
        validation: Literal["absent", "detect", "required"] = "detect"
        """Whether visudo must accept the file: if it is there, always, never."""

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
