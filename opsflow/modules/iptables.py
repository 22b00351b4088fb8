"""iptables: rules, chains and policies of the packet filter that runs now."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, model_validator

from .base.iptables_rule import words_of_rule
from .base.module import Module, ModuleArgs, Result, TaskContext, modules
from .base.types import Bool, StrList, Text, arg

_Number = Literal["0", "1", "2", "3", "4", "5", "6", "7"]
_Name = Literal["emerg", "alert", "crit", "error", "warning", "notice", "info", "debug"]


class TcpFlags(BaseModel):
    """Which flags are looked at, and which of them must be set."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    flags: StrList | None = None
    """The flags that are looked at."""
    flags_set: StrList | None = None
    """Those of them that are set."""


class IptablesArgs(ModuleArgs):
    """Options of `iptables`. A value that begins with `!` is negated."""

    table: Literal["filter", "nat", "mangle", "raw", "security"] = "filter"
    """The table."""
    state: Literal["absent", "present"] = "present"
    """Whether the rule is to be there."""
    action: Literal["append", "insert"] = "append"
    """Put a new rule at the end of the chain or in its middle."""
    ip_version: Literal["ipv4", "ipv6", "both"] = "ipv4"
    """IPv4, IPv6, or both."""
    chain: Text | None = None
    """The chain."""
    rule_num: Text | None = None
    """The number that a new rule gets."""
    protocol: Text | None = None
    """The protocol."""
    wait: Text | None = None
    """Seconds to wait for the lock that other programs hold."""
    source: Text | None = None
    """Where packets come from."""
    to_source: Text | None = None
    """The address that they seem to come from, for SNAT."""
    destination: Text | None = None
    """Where packets go."""
    to_destination: Text | None = None
    """The address that they are led to, for DNAT."""
    match: StrList = arg([])
    """Extensions that the rule uses."""
    tcp_flags: TcpFlags | None = None
    """The flags of TCP that are looked at, and those of them that are set."""
    jump: Text | None = None
    """What becomes of packets."""
    gateway: Text | None = None
    """The host that copies go to, for TEE."""
    log_prefix: Text | None = None
    """The words before lines in the log."""
    log_level: _Number | _Name | None = None
    """How grave those lines are."""
    goto: Text | None = None
    """The chain that goes on, without coming back."""
    in_interface: Text | None = None
    """The interface that packets come in by."""
    out_interface: Text | None = None
    """The interface that packets go out by."""
    fragment: Text | None = None
    """The rule is for second and later fragments."""
    set_counters: Text | None = None
    """What the rule's counters begin with."""
    source_port: Text | None = None
    """The port that packets come from."""
    destination_port: Text | None = None
    """The port that they go to."""
    destination_ports: StrList = arg([])
    """Several ports that they go to."""
    to_ports: Text | None = None
    """The port that they are led to."""
    set_dscp_mark: Text | None = None
    """The DSCP mark that they get."""
    set_dscp_mark_class: Text | None = None
    """The class of DSCP that they get."""
    comment: Text | None = None
    """A comment of the rule."""
    ctstate: StrList = arg([])
    """States of connections."""
    src_range: Text | None = None
    """A range of addresses that they come from."""
    dst_range: Text | None = None
    """A range of addresses that they go to."""
    match_set: Text | None = None
    """A set of addresses."""
    match_set_flags: Literal["src", "dst", "src,dst", "dst,src", "src,src", "dst,dst"] | None = None
    """Which address of the packet is looked for there."""
    limit: Text | None = None
    """How often the rule fits at most, such as 10/minute."""
    limit_burst: Text | None = None
    """How often it fits before that counts."""
    uid_owner: Text | None = None
    """The user who sends, or with `!` not that one."""
    gid_owner: Text | None = None
    """The group that sends."""
    reject_with: Text | None = None
    """What a refused sender is told."""
    icmp_type: Text | None = None
    """The kind of ICMP message."""
    syn: Literal["ignore", "match", "negate"] = "ignore"
    """Whether the rule is for packets that begin connections."""
    flush: Bool = False
    """Remove all rules of the chain or table."""
    policy: Literal["ACCEPT", "DROP", "QUEUE", "RETURN"] | None = None
    """What becomes of packets that no rule fits."""
    chain_management: Bool = False
    """Make the chain, or remove it where nothing else is said."""
    numeric: Bool = False
    """Accepted for Ansible's sake: no names are looked up in any case."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.set_dscp_mark and self.set_dscp_mark_class:
            raise ValueError("set_dscp_mark and set_dscp_mark_class cannot be given together")
        if self.flush and self.policy:
            raise ValueError("flush and policy cannot be given together")
        if (self.set_dscp_mark or self.set_dscp_mark_class) and not self.jump:
            raise ValueError("set_dscp_mark and set_dscp_mark_class need jump")
        if self.jump in ("TEE", "tee") and not self.gateway:
            raise ValueError("jump: TEE needs gateway")
        if not self.flush and not self.chain:
            raise ValueError("chain is needed, but for flush")
        if (self.log_prefix or self.log_level) and self.jump not in (None, "LOG"):
            raise ValueError("Logging options can only be used with the LOG jump target.")
        return self


@modules.register("iptables")
class Iptables(Module):
    """Add or remove a rule, make or delete a chain, set a policy, flush a chain.

    Nothing is saved for the time after a reboot. A rule is recognised by all that it says; without anything
    that makes a rule, the chain itself is meant.

    Returns:
        rule: the rule as iptables takes it.
        chain, table, state, ip_version: as asked for.

    Examples:
        - name: Let web traffic in
          iptables:
            chain: INPUT
            protocol: tcp
            destination_ports: ["80", "443"]
            ctstate: NEW
            jump: ACCEPT
            comment: web

        - name: Drop what no rule lets in
          iptables:
            chain: INPUT
            policy: DROP
    """

    Args = IptablesArgs

    async def run(self, task: TaskContext, args: IptablesArgs) -> Result:
        names = ("ip_version", "table", "chain", "flush", "state", "chain_management", "wait")
        told: Result = {name: getattr(args, name) for name in names}
        both = args.ip_version == "both"
        versions = ["ipv4", "ipv6"] if both else [args.ip_version]
        told["rule"] = " ".join(words_of_rule(args, versions[0]))
        logs = args.jump is None and bool(args.log_prefix or args.log_level)
        meant = args.model_copy(update={"jump": "LOG"}) if logs else args
        rules = {version: words_of_rule(meant, version) for version in versions}
        sent = {name: told[name] for name in names[1:]}
        sent.update(action=args.action, rule_num=args.rule_num, policy=args.policy, rules=rules)
        return {**told, **await task.call("iptables.run", sent)}
