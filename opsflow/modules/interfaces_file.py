"""interfaces_file: options of network interfaces for ifupdown."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from .base.files import FileArgs
from .base.module import Module, modules
from .base.types import Bool, Path, Text


@modules.register("interfaces_file")
class InterfacesFile(Module):
    """Set or remove an option of an interface in a file for ifupdown, and tell what all interfaces have.

    Returns:
        dest, path: the file.
        owner, group, mode, uid, gid, size, state: what it is like now.
        ifaces: the options of all interfaces.

    Examples:
        - name: Set the MTU of an interface
          interfaces_file:
            iface: eth1
            option: mtu
            value: "9000"
    """

    class Args(FileArgs):
        dest: Path = "/etc/network/interfaces"
        """The file."""
        iface: Text | None = None
        """The interface; all options are returned without it."""
        address_family: Text | None = None
        """Which of its stanzas: inet or inet6."""
        option: Text | None = None
        """The option."""
        value: Text | None = None
        """Its value."""
        state: Literal["present", "absent"] = "present"
        """Whether it is to be there."""
        backup: Bool = False
        """Keep a copy of the old file."""

        @model_validator(mode="after")
        def _complete(self) -> Self:
            if self.option is not None and self.iface is None:
                raise ValueError("option needs iface")
            if self.option is not None and self.state == "present" and self.value is None:
                raise ValueError("state present needs the value of the option")
            return self

    target = "interfaces_file.run"
