"""capabilities: what a program may do without being root."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from .base.module import Module, ModuleArgs, modules
from .base.types import Path, Text, arg


@modules.register("capabilities")
class Capabilities(Module):
    """Give a file a capability, such as `cap_net_bind_service=ep`, or take it away.

    Returns:
        stdout: what setcap said.
        msg: what was done.

    Examples:
        - name: Let a program open low ports
          capabilities:
            path: /usr/local/bin/proxy
            capability: cap_net_bind_service=+ep
    """

    class Args(ModuleArgs):
        path: Path = arg(..., "key")
        """The program."""
        capability: Text = arg(..., "cap")
        """The capability with its flags: `cap_net_raw+ep`."""
        state: Literal["absent", "present"] = "present"
        """Whether it has it."""

        @model_validator(mode="after")
        def _whole(self) -> Self:
            if self.state == "present" and not any(sign in self.capability for sign in "=+-"):
                raise ValueError("capability must say what of it is set, such as cap_net_raw=ep")
            return self

    target = "capabilities.run"
