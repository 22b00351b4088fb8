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
        """What the firewall is to be: on, off, reloaded, or as it comes."""
        default: Literal["allow", "deny", "reject"] | None = arg(None, "policy")
        """The policy for a direction."""
        direction: Literal["in", "incoming", "out", "outgoing", "routed"] | None = None
        """The direction that a rule or a policy is for."""
        logging: Level | None = None
        """How much is written to the log."""
        rule: Literal["allow", "deny", "limit", "reject"] | None = None
        """What becomes of packets."""
        route: Bool = False
        """The rule is for packets that are passed on."""
        delete: Bool = False
        """Remove the rule."""
        insert: Int | None = None
        """The number that the rule gets."""
        insert_relative_to: Place = "zero"
        """What that number is counted from."""
        interface: Text | None = arg(None, "if")
        """The network interface of the rule, with a direction."""
        interface_in: Text | None = arg(None, "if_in")
        """The interface that packets come in by."""
        interface_out: Text | None = arg(None, "if_out")
        """The interface that packets go out by."""
        log: Bool = False
        """Log what the rule fits."""
        from_ip: Text = arg("any", "from", "src")
        """Where packets come from."""
        from_port: Text | None = None
        """The port that they come from."""
        to_ip: Text = arg("any", "dest", "to")
        """Where packets go."""
        to_port: Text | None = arg(None, "port")
        """The port that they go to."""
        proto: Protocol | None = arg(None, "protocol")
        """The protocol."""
        name: Text | None = arg(None, "app")
        """A profile of an application."""
        comment: Text | None = None
        """A comment of the rule."""

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
