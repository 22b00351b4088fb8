"""firewalld: what a zone of the firewall lets through."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, model_validator

from .base.module import Module, ModuleArgs, modules
from .base.types import Bool, Int, Text, to_items

ABOUT = (
    "icmp_block", "icmp_block_inversion", "service", "protocol", "port", "port_forward", "rich_rule",
    "interface", "forward", "masquerade", "source", "target",
)  # fmt: skip


class Forward(ModuleArgs):
    """A port that leads to another one."""

    port: Text
    """The port, or a range such as 8000-8010."""
    proto: Literal["udp", "tcp"]
    """Its protocol."""
    toport: Text
    """The port that it leads to."""
    toaddr: Text | None = None
    """The address that it leads to, if not this host."""


@modules.register("firewalld")
class Firewalld(Module):
    """Change one thing in a zone of firewalld, in the firewall that runs, in what it starts with, or in both.

    Returns:
        msg: what was done.

    Examples:
        - name: Let HTTPS through, now and after a reboot
          firewalld:
            service: https
            permanent: true
            immediate: true
            state: enabled
    """

    class Args(ModuleArgs):
        state: Literal["absent", "disabled", "enabled", "present"]
        """Whether it is to be so; `present` and `absent` are for zones and their `target`."""
        zone: Text | None = None
        """The zone; else the default one."""
        permanent: Bool = False
        """Change what the firewall starts with."""
        immediate: Bool = False
        """Change the firewall that runs; so it is without `permanent`."""
        offline: Bool = False
        """Change the files where the firewall does not run."""
        timeout: Int = 0
        """Seconds after which what was added to the running firewall goes again; 0 means never."""
        service: Text | None = None
        """A service that firewalld knows, such as ssh."""
        port: Text | None = None
        """A port or range with its protocol: 8080/tcp, 8000-8010/udp."""
        protocol: Text | None = None
        """A protocol, such as gre."""
        source: Text | None = None
        """A network whose packets belong to the zone."""
        interface: Text | None = None
        """A network interface that belongs to the zone; it leaves its old one."""
        rich_rule: Text | None = None
        """A rule in firewalld's rich language."""
        port_forward: Annotated[list[Forward], BeforeValidator(to_items)] | None = None
        """A port that leads to another one: a list of one."""
        masquerade: Bool | None = None
        """Whether packets leave with the address of this host; with `state: disabled` the other way round."""
        forward: Bool | None = None
        """Whether packets go between interfaces of the zone; with `state: disabled` the other way round."""
        icmp_block: Text | None = None
        """A kind of ICMP message that is refused, such as echo-request."""
        icmp_block_inversion: Bool | None = None
        """Whether only those kinds pass; with `state: disabled` the other way round."""
        target: Literal["default", "ACCEPT", "DROP", "%%REJECT%%"] | None = None
        """What becomes of packets that nothing else is said about."""

        @model_validator(mode="after")
        def _fits(self) -> Self:
            given = [name for name in ABOUT if getattr(self, name) is not None]
            if len(given) > 1:
                raise ValueError(f"{given[0]} and {given[1]} do not go together")
            about = given[0] if given else "zone"
            if about in ("interface", "target", "zone") and self.zone is None:
                raise ValueError(f"{about} needs zone" if given else "say what to change, or give zone")
            if (self.state in ("present", "absent")) != (about == "zone") and about != "target":
                raise ValueError("state is present or absent for zones, enabled or disabled for all else")
            if about in ("target", "zone") and (not self.permanent or self.immediate):
                raise ValueError("zones and their targets are permanent: set permanent, and not immediate")
            if self.offline and not self.permanent:
                raise ValueError("offline needs permanent")
            if self.port is not None and not all(self.port.partition("/")):
                raise ValueError("port is such as 8080/tcp")
            if self.port_forward is not None and len(self.port_forward) != 1:
                raise ValueError("give one port_forward a task")
            return self

    target = "firewalld.run"
