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
        state: Literal["present", "started", "stopped", "restarted", "absent", "signalled"]
        signal: Text | None = None
        stop_before_removing: Bool = False
        config: Path | None = None
        server_url: Text | None = None
        username: Text | None = None
        password: Text | None = arg(None, secret=True)
        supervisorctl_path: Path | None = None

        @model_validator(mode="after")
        def _complete(self) -> Self:
            if self.state == "signalled" and self.signal is None:
                raise ValueError("state signalled needs signal")
            return self

    target = "supervisorctl.run"
