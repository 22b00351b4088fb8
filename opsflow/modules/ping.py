"""ping: the whole way to a host and back."""

from __future__ import annotations

from .base.module import Module, ModuleArgs, modules
from .base.types import Text


@modules.register("ping")
class Ping(Module):
    """Connect, start the runner and answer `pong`.

    Returns:
        ping: `data`, `pong` by default.

    Examples:
        - name: Can all hosts be worked on?
          ping:
    """

    class Args(ModuleArgs):
        data: Text = "pong"
        """What comes back; `crash` makes the task fail."""

    target = "ping.run"
