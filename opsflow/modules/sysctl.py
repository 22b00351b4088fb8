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
        value: Text | None = arg(None, "val")
        state: Literal["present", "absent"] = "present"
        sysctl_file: Path = "/etc/sysctl.conf"
        sysctl_set: Bool = False
        reload: Bool = True
        ignoreerrors: Bool = False

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
