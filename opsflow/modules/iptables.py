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
    flags_set: StrList | None = None


class IptablesArgs(ModuleArgs):
    """Options of `iptables`. A value that begins with `!` is negated."""

    table: Literal["filter", "nat", "mangle", "raw", "security"] = "filter"
    state: Literal["absent", "present"] = "present"
    action: Literal["append", "insert"] = "append"
    ip_version: Literal["ipv4", "ipv6", "both"] = "ipv4"
    chain: Text | None = None
    rule_num: Text | None = None
    protocol: Text | None = None
    wait: Text | None = None
    """Seconds to wait for the lock that other programs hold."""
    source: Text | None = None
    to_source: Text | None = None
    destination: Text | None = None
    to_destination: Text | None = None
    match: StrList = arg([])
    tcp_flags: TcpFlags | None = None
    jump: Text | None = None
    gateway: Text | None = None
    log_prefix: Text | None = None
    log_level: _Number | _Name | None = None
    goto: Text | None = None
    in_interface: Text | None = None
    out_interface: Text | None = None
    fragment: Text | None = None
    set_counters: Text | None = None
    source_port: Text | None = None
    destination_port: Text | None = None
    destination_ports: StrList = arg([])
    to_ports: Text | None = None
    set_dscp_mark: Text | None = None
    set_dscp_mark_class: Text | None = None
    comment: Text | None = None
    ctstate: StrList = arg([])
    src_range: Text | None = None
    dst_range: Text | None = None
    match_set: Text | None = None
    match_set_flags: Literal["src", "dst", "src,dst", "dst,src", "src,src", "dst,dst"] | None = None
    limit: Text | None = None
    limit_burst: Text | None = None
    uid_owner: Text | None = None
    gid_owner: Text | None = None
    reject_with: Text | None = None
    icmp_type: Text | None = None
    syn: Literal["ignore", "match", "negate"] = "ignore"
    flush: Bool = False
    policy: Literal["ACCEPT", "DROP", "QUEUE", "RETURN"] | None = None
    chain_management: Bool = False
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
