"""The firewall ufw, by its own command; what it is like is read from its files."""

from __future__ import annotations

import re

from opsflow.target.programs import need
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.request import Request

_RULES = ("/lib/ufw/%s.rules", "/etc/ufw/%s.rules", "/var/lib/ufw/%s.rules")
_STATES = {"enabled": "enable", "disabled": "disable", "reloaded": "reload", "reset": "reset"}
_IPV6 = re.compile(r"\(v6\)|[0-9A-Fa-f]*:[0-9A-Fa-f]*:")
_CHAINS = {"INPUT": "incoming", "OUTPUT": "outgoing", "FORWARD": "routed"}
_POLICIES = {"ACCEPT": "allow", "DROP": "deny", "REJECT": "reject"}


def run(request: Request, **want: Any) -> dict[str, Any]:
    """Do what is asked, in the order state, default, rule, logging; in check mode only tell."""
    firewall = Firewall(request)
    before = Snapshot(firewall)
    changed = want.get("state") in ("reloaded", "reset")
    for step in ("state", "default", "rule", "logging"):
        if want.get(step):
            changed = _STEPS[step](firewall, before, want) or changed
    result: dict[str, Any] = {"changed": changed, "commands": firewall.commands}
    if not request.check:
        after = Snapshot(firewall)
        result.update(changed=changed or not after.same(before), msg=after.status.rstrip())
    return result


class Firewall:
    """The command `ufw`, and how it was called."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.check = request.check
        self.program = need(request, "ufw", "ufw")
        self.commands: list[str] = []

    def call(self, *words: str) -> str:
        """Return what a command prints. Raises Fail."""
        argv = [self.program, *words]
        self.commands.append(" ".join(argv))
        done = self.request.command(argv)
        if done.rc != 0:
            said = done.stderr.strip() or done.stdout.strip()
            raise Fail(said, commands=self.commands, rc=done.rc, stdout=done.stdout, stderr=done.stderr)
        return done.stdout


class Snapshot:
    """What a firewall is like."""

    def __init__(self, firewall: Firewall) -> None:
        self.status = firewall.call("status", "verbose")
        self.rules = {family: _tuples(_rules(family)) for family in ("user", "user6")}
        self.policies: dict[str, str] = {}
        settings = _read("/etc/default/ufw")
        for match in re.finditer(r'^DEFAULT_(\w+)_POLICY="?(\w+)', settings, re.MULTILINE):
            chain, policy = str(match.group(1)), str(match.group(2))
            self.policies[_CHAINS.get(chain, chain)] = _POLICIES.get(policy, policy)
        found = re.search(r"^LOGLEVEL=(\w+)", _read("/etc/ufw/ufw.conf"), re.MULTILINE)
        self.level = found.group(1) if found else "off"

    @property
    def active(self) -> bool:
        return "Status: active" in self.status

    def same(self, other: Snapshot) -> bool:
        return vars(self) == vars(other)


def _read(path: str) -> str:
    try:
        with open(path, errors="replace") as file:
            return file.read()
    except FileNotFoundError:
        return ""


def _rules(family: str) -> str:
    return "".join(_read(path % family) for path in _RULES)


def _tuples(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("### tuple")]


def _state(firewall: Firewall, before: Snapshot, want: dict[str, Any]) -> bool:
    state = want["state"]
    if firewall.check:
        return before.active != (state == "enabled") and state in ("enabled", "disabled")
    firewall.call("-f", _STATES[state])
    return False


def _default(firewall: Firewall, before: Snapshot, want: dict[str, Any]) -> bool:
    direction = want.get("direction")
    if firewall.check:
        return before.policies.get(direction or "incoming") != want["default"]
    firewall.call("default", want["default"], *([direction] if direction else []))
    return False


def _logging(firewall: Firewall, before: Snapshot, want: dict[str, Any]) -> bool:
    level = want["logging"]
    if firewall.check:
        return before.level == "off" if level == "on" else before.level != level
    firewall.call("logging", level)
    return False


def _rule(firewall: Firewall, before: Snapshot, want: dict[str, Any]) -> bool:
    words = _words(firewall, want)
    if not firewall.check:
        firewall.call(*words)
        return False
    shown = firewall.call("--dry-run", *words)
    for family, chain in (("user", ":ufw-user-input"), ("user6", ":ufw6-user-input")):
        if chain in shown and _of_family(shown, chain) != before.rules[family]:
            return True
    return False


def _of_family(shown: str, chain: str) -> list[str]:
    """Return the rules of one of the files that a dry run prints."""
    return [line for part in shown.split("*filter")[1:] if chain in part for line in _tuples(part)]


_STEPS = {"state": _state, "default": _default, "rule": _rule, "logging": _logging}


def _words(firewall: Firewall, want: dict[str, Any]) -> list[str]:
    """Return a rule in the long form of ufw(8)."""
    words = ["route"] if want["route"] else []
    if want["delete"]:
        words.append("delete")
    elif "insert" in want:
        words += _position(firewall, want["insert"], want["insert_relative_to"])
    words.append(want["rule"])
    words += [want["direction"]] if "direction" in want else []
    for option, before in (("interface", "on"), ("interface_in", "in on"), ("interface_out", "out on")):
        words += [*before.split(), want[option]] if want.get(option) else []
    words += ["log"] if want["log"] else []
    for option, before in _PARTS:
        words += [before, want[option]] if want.get(option) else []
    return words


_PARTS = (
    ("from_ip", "from"), ("from_port", "port"), ("to_ip", "to"), ("to_port", "port"),
    ("proto", "proto"), ("name", "app"), ("comment", "comment"),
)  # fmt: skip


def _position(firewall: Firewall, number: int, relative: str) -> list[str]:
    """Return the words that put a rule at its place; none where that is the end."""
    if relative == "zero":
        return ["insert", str(number)]
    lines = firewall.request.command([firewall.program, "status", "numbered"]).stdout.splitlines()
    rules = [line for line in lines if re.match(r"\[ *\d+\] ", line)]  # those of IPv4 are the first
    first6 = sum(not _IPV6.search(line.split(" # ")[0]) for line in rules) + 1
    start = {
        "first-ipv4": 1,
        "last-ipv4": max(first6 - 1, 1),
        "first-ipv6": first6,
        "last-ipv6": max(len(rules), first6),
    }[relative]
    return ["insert", str(start + number)] if start + number <= len(rules) else []
