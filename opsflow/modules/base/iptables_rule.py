"""The words of an iptables rule, in Ansible's order."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from opsflow.modules.iptables import IptablesArgs

_ICMP = {"ipv4": "--icmp-type", "ipv6": "--icmpv6-type"}


def words_of_rule(args: IptablesArgs, version: str) -> list[str]:
    """Return what iptables is told of a rule after its chain.

    Args:
        args: the task's options.
        version: ipv4 or ipv6.
    """
    rule = _Words()
    _packet(rule, args)
    _target(rule, args)
    _ports(rule, args)
    _dscp(rule, args)
    rule.option("! --syn" if args.syn == "negate" else "--syn", args.syn != "ignore")
    _matches(rule, args)
    if args.jump is None and args.reject_with:
        rule.option("-j", "REJECT")
    rule.option("--reject-with", args.reject_with)
    rule.option(_ICMP[version], args.icmp_type)
    rule.match("comment", args.comment)
    rule.option("--comment", args.comment)
    return rule.words


class _Words:
    def __init__(self) -> None:
        self.words: list[str] = []

    def option(self, flag: str, value: str | bool | None) -> None:
        """Add an option with its value, negated where that begins with `!`."""
        if isinstance(value, str):
            self.words += ["!", flag, value[1:]] if value.startswith("!") else [flag, value]
        elif value:
            self.words += flag.split()

    def csv(self, flag: str, values: list[str]) -> None:
        if values:
            self.words += [flag, ",".join(values)]

    def match(self, name: str, wanted: object) -> None:
        """Load an extension where it is wanted."""
        if wanted:
            self.words += ["-m", name]


def _packet(rule: _Words, args: IptablesArgs) -> None:
    rule.option("-p", args.protocol)
    rule.option("-s", args.source)
    rule.option("-d", args.destination)
    for name in args.match:
        rule.option("-m", name)
    if args.tcp_flags and args.tcp_flags.flags is not None and args.tcp_flags.flags_set is not None:
        rule.words += ["--tcp-flags", ",".join(args.tcp_flags.flags), ",".join(args.tcp_flags.flags_set)]


def _target(rule: _Words, args: IptablesArgs) -> None:
    rule.option("-j", args.jump)
    if (args.jump or "").lower() == "tee":
        rule.option("--gateway", args.gateway)
    rule.option("--log-prefix", args.log_prefix)
    rule.option("--log-level", args.log_level)
    rule.option("--to-destination", args.to_destination)
    rule.match("multiport", args.destination_ports)
    rule.csv("--dports", args.destination_ports)
    rule.option("--to-source", args.to_source)
    rule.option("-g", args.goto)


def _ports(rule: _Words, args: IptablesArgs) -> None:
    rule.option("-i", args.in_interface)
    rule.option("-o", args.out_interface)
    rule.option("-f", args.fragment)
    rule.option("-c", args.set_counters)
    rule.option("--source-port", args.source_port)
    rule.option("--destination-port", args.destination_port)
    rule.option("--to-ports", args.to_ports)


def _dscp(rule: _Words, args: IptablesArgs) -> None:
    for flag, value in (("--set-dscp", args.set_dscp_mark), ("--set-dscp-class", args.set_dscp_mark_class)):
        rule.option(flag, value)
        if value and (args.jump or "").lower() != "dscp":
            rule.option("-j", "DSCP")


def _matches(rule: _Words, args: IptablesArgs) -> None:
    """Add the options of extensions, which are loaded unless `match` names them."""
    if "state" in args.match and "conntrack" not in args.match:
        rule.csv("--state", args.ctstate)
    else:
        rule.match("conntrack", args.ctstate and "conntrack" not in args.match)
        rule.csv("--ctstate", args.ctstate)
    rule.match("iprange", (args.src_range or args.dst_range) and "iprange" not in args.match)
    rule.option("--src-range", args.src_range)
    rule.option("--dst-range", args.dst_range)
    rule.match("set", args.match_set and "set" not in args.match)
    rule.option("--match-set", args.match_set)
    if args.match_set and args.match_set_flags:
        rule.words.append(args.match_set_flags)
    rule.match("limit", args.limit or args.limit_burst)
    rule.option("--limit", args.limit)
    rule.option("--limit-burst", args.limit_burst)
    for flag, owner in (("--uid-owner", args.uid_owner), ("--gid-owner", args.gid_owner)):
        rule.match("owner", owner)
        rule.option(flag, owner)
