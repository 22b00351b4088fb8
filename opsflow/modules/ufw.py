"""ufw: the firewall of Ubuntu and Debian."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, model_validator

from .base.module import Module, ModuleArgs, modules
from .base.types import Bool, Int, Text, arg


def _word(value: object) -> object:
    """YAML reads on and off as booleans."""
    return ("on" if value else "off") if isinstance(value, bool) else value


Level = Annotated[Literal["on", "off", "low", "medium", "high", "full"], BeforeValidator(_word)]
Protocol = Literal["any", "tcp", "udp", "ipv6", "esp", "ah", "gre", "igmp", "vrrp"]
Place = Literal["first-ipv4", "first-ipv6", "last-ipv4", "last-ipv6", "zero"]


@modules.register("ufw")
class Ufw(Module):
    """Add and delete rules of ufw, set its policies and logging, switch it on and off.

    Returns:
        commands: what was run.
        msg: the state of the firewall.

    Examples:
        - name: Let SSH in
          ufw:
            rule: allow
            port: "22"
            proto: tcp

        - name: Refuse all else, and begin
          ufw:
            state: enabled
            policy: deny
            direction: incoming
    """

    class Args(ModuleArgs):
        state: Literal["disabled", "enabled", "reloaded", "reset"] | None = None
        default: Literal["allow", "deny", "reject"] | None = arg(None, "policy")
        direction: Literal["in", "incoming", "out", "outgoing", "routed"] | None = None
        logging: Level | None = None
        rule: Literal["allow", "deny", "limit", "reject"] | None = None
        route: Bool = False
        delete: Bool = False
        insert: Int | None = None
        insert_relative_to: Place = "zero"
        interface: Text | None = arg(None, "if")
        interface_in: Text | None = arg(None, "if_in")
        interface_out: Text | None = arg(None, "if_out")
        log: Bool = False
        from_ip: Text = arg("any", "from", "src")
        from_port: Text | None = None
        to_ip: Text = arg("any", "dest", "to")
        to_port: Text | None = arg(None, "port")
        proto: Protocol | None = arg(None, "protocol")
        name: Text | None = arg(None, "app")
        comment: Text | None = None

        @model_validator(mode="after")
        def _fits(self) -> Self:
            if not (self.state or self.default or self.rule or self.logging):
                raise ValueError("give state, default, rule or logging")
            if sum(given is not None for given in (self.name, self.proto, self.logging)) > 1:
                raise ValueError("name, proto and logging exclude each other")
            if self.direction and (self.interface_in or self.interface_out):
                raise ValueError("direction goes with interface, not with interface_in or interface_out")
            if self.interface and not self.direction:
                raise ValueError("interface needs direction")
            if self.default and self.direction in ("in", "out"):
                raise ValueError("the direction of a default is incoming, outgoing or routed")
            if self.rule and self.direction not in ("in", "out", None):
                raise ValueError("the direction of a rule is in or out")
            if not self.route and self.interface_in and self.interface_out:
                raise ValueError("only a rule with route has both interface_in and interface_out")
            return self

    target = "ufw.run"
