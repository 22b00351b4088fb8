"""iptables: the words of a rule are Ansible's; a tool that remembers stands for iptables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from opsflow.core.errors import TaskError
from opsflow.modules.base.iptables_rule import words_of_rule
from opsflow.modules.iptables import IptablesArgs
from tests.support.local import Run

TOOL = """#!/bin/sh
echo "$*" >> "$0.log"
echo "$LC_ALL $LANGUAGE" > "$0.locale"
case "$*" in
  *-C*) grep -qxF -- "$*" "$0.rules" 2>/dev/null;;
  *-S*NEW*) exit 1;;
  *-S*BUSY*) echo "Another app is currently holding the xtables lock" >&2; exit 4;;
  *-S*) echo "-P INPUT ACCEPT";;
esac
"""


@pytest.fixture
def tool(run: Run, tmp_path: Path) -> Path:
    for name in ("iptables", "ip6tables"):
        (tmp_path / name).write_text(TOOL)
        (tmp_path / name).chmod(0o755)
    run.task.env = {"PATH": f"{tmp_path}:/usr/bin:/bin"}
    return tmp_path / "iptables"


def calls(tool: Path) -> list[str]:
    log = tool.with_name(tool.name + ".log")
    lines = log.read_text().splitlines() if log.exists() else []
    log.unlink(missing_ok=True)
    return lines


# The rules are those that ansible-core 2.19 told of the same options.
@pytest.mark.parametrize(
    ("options", "rule"),
    [
        ({"source": "8.8.8.8", "jump": "DROP"}, "-s 8.8.8.8 -j DROP"),
        (
            {
                "in_interface": "eth0", "protocol": "tcp", "match": "tcp", "destination_port": 80,
                "jump": "REDIRECT", "to_ports": 8600, "comment": "w",
            },
            "-p tcp -m tcp -j REDIRECT -i eth0 --destination-port 80 --to-ports 8600 -m comment --comment w",
        ),
        (
            {"protocol": "tcp", "ctstate": "NEW,RELATED", "syn": "match", "jump": "ACCEPT"},
            "-p tcp -j ACCEPT --syn -m conntrack --ctstate NEW,RELATED",
        ),
        ({"match": "state", "ctstate": ["NEW"], "syn": "negate"}, "-m state ! --syn --state NEW"),
        ({"match": "conntrack", "ctstate": ["NEW"]}, "-m conntrack --ctstate NEW"),
        (
            {"src_range": "10.0.0.1-10.0.0.9", "dst_range": "!10.1.0.1-10.1.0.9"},
            "-m iprange --src-range 10.0.0.1-10.0.0.9 ! --dst-range 10.1.0.1-10.1.0.9",
        ),
        ({"match_set": "admins", "match_set_flags": "src,dst"}, "-m set --match-set admins src,dst"),
        ({"jump": "DSCP", "set_dscp_mark": 8, "protocol": "tcp"}, "-p tcp -j DSCP --set-dscp 8"),
        ({"reject_with": "tcp-reset", "protocol": "!udp"}, "! -p udp -j REJECT --reject-with tcp-reset"),
        (
            {"tcp_flags": {"flags": "ALL", "flags_set": ["ACK", "RST"]}, "jump": "DROP"},
            "--tcp-flags ALL ACK,RST -j DROP",
        ),
        (
            {"limit": "2/second", "limit_burst": 20, "log_prefix": "a: ", "log_level": "info"},
            "--log-prefix a:  --log-level info -m limit --limit 2/second --limit-burst 20",
        ),
        ({"destination_ports": ["80", "8081:8083"]}, "-m multiport --dports 80,8081:8083"),
        (
            {"uid_owner": "!0", "gid_owner": "5", "icmp_type": "8"},
            "-m owner ! --uid-owner 0 -m owner --gid-owner 5 --icmp-type 8",
        ),
    ],
)  # fmt: skip
def test_the_words_of_a_rule(options: dict[str, Any], rule: str) -> None:
    args = IptablesArgs.model_validate({"chain": "INPUT", **options})
    assert " ".join(words_of_rule(args, "ipv4")) == rule


async def test_a_rule_is_added_where_it_is_not(run: Run, tool: Path) -> None:
    rule: dict[str, Any] = {"chain": "INPUT", "source": "1.2.3.4", "jump": "DROP", "wait": "5"}
    assert (await run("iptables", **rule, check=True))["changed"] is True
    assert calls(tool) == ["-t filter -C INPUT -w 5 -s 1.2.3.4 -j DROP"]
    told = await run("iptables", **rule, action="insert", rule_num="3")
    assert (told["changed"], told["rule"], told["wait"]) == (True, "-s 1.2.3.4 -j DROP", "5")
    assert calls(tool)[1] == "-t filter -I INPUT 3 -w 5 -s 1.2.3.4 -j DROP"
    tool.with_name("iptables.rules").write_text("-t filter -C INPUT -w 5 -s 1.2.3.4 -j DROP\n")
    assert (await run("iptables", **rule))["changed"] is False
    assert (await run("iptables", **rule, ip_version="both"))["changed"] is True
    assert calls(tool.with_name("ip6tables"))[1] == "-t filter -A INPUT -w 5 -s 1.2.3.4 -j DROP"
    assert (await run("iptables", **rule, state="absent"))["changed"] is True
    assert calls(tool)[-1] == "-t filter -D INPUT -w 5 -s 1.2.3.4 -j DROP"


async def test_what_is_read_is_in_plain_english_whatever_the_task_speaks(run: Run, tool: Path) -> None:
    run.task.env |= {"LC_ALL": "fr_FR.UTF-8", "LANGUAGE": "fr"}
    await run("iptables", chain="INPUT", policy="ACCEPT")
    assert tool.with_name("iptables.locale").read_text() == "C.UTF-8 C\n"
    assert (await run("command", cmd="printenv LANGUAGE"))["stdout"] == "fr"


async def test_chains_policies_and_flushing(run: Run, tool: Path) -> None:
    assert (await run("iptables", chain="INPUT", policy="ACCEPT"))["changed"] is False
    assert (await run("iptables", chain="INPUT", policy="DROP"))["changed"] is True
    assert calls(tool)[-1] == "-t filter -P INPUT DROP"
    assert (await run("iptables", chain="NEW", chain_management=True))["changed"] is True
    assert calls(tool)[-1] == "-t filter -N NEW"
    assert (await run("iptables", chain="OLD", chain_management=True))["changed"] is False
    assert (await run("iptables", chain="OLD", chain_management=True, state="absent"))["changed"] is True
    assert calls(tool)[-1] == "-t filter -X OLD"
    assert (await run("iptables", table="nat", flush=True))["changed"] is True
    assert calls(tool) == ["-t nat -F"]
    assert (await run("iptables", chain="INPUT", log_prefix="x", log_level="7"))["rule"] == (
        "--log-prefix x --log-level 7"
    )
    assert calls(tool)[-1] == "-t filter -A INPUT -j LOG --log-prefix x --log-level 7"
    with pytest.raises(TaskError, match="holding the xtables lock"):
        await run("iptables", chain="BUSY", chain_management=True)


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({}, "chain is needed"),
        ({"chain": "a", "flush": True, "policy": "DROP"}, "cannot be given together"),
        ({"chain": "a", "jump": "TEE"}, "needs gateway"),
        ({"chain": "a", "jump": "DROP", "log_prefix": "x"}, "LOG jump target"),
        ({"chain": "a", "set_dscp_mark": "8"}, "need jump"),
        ({"chain": "a", "jump": "x", "set_dscp_mark": "8", "set_dscp_mark_class": "c"}, "together"),
    ],
)
async def test_what_can_not_be_is_refused(run: Run, options: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValidationError, match=complaint):
        await run("iptables", **options)
