"""sysctl: parameters of the kernel."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import field_validator, model_validator

from .base.module import Module, ModuleArgs, modules
from .base.types import Bool, Path, Text, arg


@modules.register("sysctl")
class Sysctl(Module):
    """Set kernel parameters in a file, and in the running kernel with `reload` or `sysctl_set`.

    Returns:
        msg: what was done.

    Examples:
        - name: Let packets through, now and at each start
          sysctl:
            name: net.ipv4.ip_forward
            value: "1"
            sysctl_file: /etc/sysctl.d/60-router.conf
            sysctl_set: true
    """

    class Args(ModuleArgs):
        name: Text = arg(..., "key")
        """The key, such as net.ipv4.ip_forward."""
        value: Text | None = arg(None, "val")
        """Its value."""
        state: Literal["present", "absent"] = "present"
        """Whether the file has it."""
        sysctl_file: Path = "/etc/sysctl.conf"
        """The file that keeps it."""
        sysctl_set: Bool = False
        """Set it in the running kernel too."""
        reload: Bool = True
        """Load the file where it has changed."""
        ignoreerrors: Bool = False
        """Pass over keys that the kernel does not know."""

        @field_validator("value", mode="before")
        @classmethod
        def _number(cls, value: Any) -> Any:
            return str(int(value)) if isinstance(value, bool) else value

        @model_validator(mode="after")
        def _complete(self) -> Self:
            if self.state == "present" and not (self.value or "").strip():
                raise ValueError("value is needed")
            return self

    target = "sysctl.run"
