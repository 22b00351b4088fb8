"""Ansible's `iptables`: rules, chains and policies of the running packet filter."""

from __future__ import annotations

from opsflow.target.programs import need
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.request import Completed, Request

_TOOLS = {"ipv4": "iptables", "ipv6": "ip6tables"}
_BUSY = 4  # exit code where another program holds the lock, or memory lacks


def run(request: Request, rules: dict[str, list[str]], **options: Any) -> dict[str, Any]:
    """Do what the options of Ansible's `iptables` say, for each version of IP.

    Args:
        rules: the words of the rule for `ipv4`, `ipv6` or both; none where the chain itself is meant.
        options: table, chain, flush, state, chain_management, wait, action, rule_num and policy.
    """
    changes = [_Filter(request, version, rule, options).run() for version, rule in rules.items()]
    return {"changed": any(changes)}


class _Filter:
    def __init__(self, request: Request, version: str, rule: list[str], options: dict[str, Any]) -> None:
        self.request = request
        self.rule = rule
        self.options = options
        self.chain: str | None = options["chain"]
        self.tool = need(request, _TOOLS[version], "iptables")

    def run(self) -> bool:
        """Return whether something was, or would be, changed."""
        present = self.options["state"] == "present"
        if self.options["flush"]:
            return self._change("-F")
        if self.options["policy"]:
            return self._policy() != self.options["policy"] and self._change("-P", self.options["policy"])
        if self.rule:
            if self._has_rule() == present:
                return False
            verb = "-D" if not present else "-I" if self.options["action"] == "insert" else "-A"
            number = [self.options["rule_num"]] if verb == "-I" and self.options["rule_num"] else []
            return self._change(verb, *number, rule=True)
        if self._has_chain() == present:
            return False
        return not self.options["chain_management"] or self._change("-N" if present else "-X")

    def _argv(self, verb: str, *more: str, rule: bool = False) -> list[str]:
        argv = [self.tool, "-t", self.options["table"], verb, *([self.chain] if self.chain else []), *more]
        argv += ["-w", self.options["wait"]] if self.options["wait"] else []
        return argv + (self.rule if rule else [])

    def _change(self, verb: str, *more: str, rule: bool = False) -> bool:
        if not self.request.check:
            self.request.command(self._argv(verb, *more, rule=rule)).check("iptables")
        return True

    def _ask(self, verb: str, rule: bool = False) -> Completed:
        """Ask for what may not be there. Raises Fail where that can't be told now."""
        done = self.request.command(self._argv(verb, rule=rule))
        if done.rc == _BUSY:
            done.check("iptables")
        return done

    def _has_rule(self) -> bool:
        return self._ask("-C", rule=True).rc == 0

    def _has_chain(self) -> bool:
        return self._ask("-S").rc == 0

    def _policy(self) -> str:
        words = self._ask("-S").check("iptables").stdout.split()
        if words[:1] != ["-P"] or len(words) < 3:
            raise Fail("Can't detect current policy: %s is no chain that has one" % self.chain)
        return words[2]
