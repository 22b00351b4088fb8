"""supervisorctl: programs that supervisor runs."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from .base.module import Module, ModuleArgs, modules
from .base.types import Bool, Path, Text, arg


@modules.register("supervisorctl")
class SupervisorCtl(Module):
    """Start, stop, signal, add and remove programs of supervisor; `name:` is a group, `all` is all of them.

    Name and password of the server never stand in a command line: supervisorctl reads them from a pipe.

    Returns:
        name, state: as asked for.

    Examples:
        - name: Restart a worker
          supervisorctl:
            name: app-worker
            state: restarted
    """

    class Args(ModuleArgs):
        name: Text
        """The program; `name:` is a group, `all` all of them."""
        state: Literal["present", "started", "stopped", "restarted", "absent", "signalled"]
        """What it is to be."""
        signal: Text | None = None
        """The signal, for the state of that name."""
        stop_before_removing: Bool = False
        """Stop it before it is removed."""
        config: Path | None = None
        """The configuration."""
        server_url: Text | None = None
        """The server."""
        username: Text | None = None
        """The user's name there."""
        password: Text | None = arg(None, secret=True)
        """The password there."""
        supervisorctl_path: Path | None = None
        """The program supervisorctl."""

        @model_validator(mode="after")
        def _complete(self) -> Self:
            if self.state == "signalled" and self.signal is None:
                raise ValueError("state signalled needs signal")
            return self

    target = "supervisorctl.run"
