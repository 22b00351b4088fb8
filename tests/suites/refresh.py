"""Asks ansible-core again: `python -m tests.suites.refresh [SITE…]`, all sites without a name.

Needs a lab (see docs/lab.md), and ansible-core with the collections ansible.posix and community.general,
which `ANSIBLE_COLLECTIONS_PATH` may name. Plays each site on a fresh host with ansible-core, on another
one with OpsFlow, records the former and shows where the latter differs.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from opsflow.lab import Host, Lab, remove
from tests.conformance.compare import differences

from .packages import publish
from .players import ansible, opsflow
from .state import change, look
from .suite import ROUNDS, SUITES, Suite

LAB = "suites-refresh"


def main(names: list[str]) -> int:
    chosen = [suite for suite in SUITES if not names or suite.name in names]
    lab = Lab.up(LAB, 2, "bookworm")
    try:
        publish(lab.repo, *(package for suite in chosen for package in suite.packages))
        bad = sum(not refresh(suite, lab) for suite in chosen)
    finally:
        remove(LAB)
    print(f"{len(chosen)} sites, {bad} with differences")
    return 1 if bad or not chosen else 0


def refresh(suite: Suite, lab: Lab) -> bool:
    """Record a site and show where OpsFlow differs; return whether it does not."""
    theirs, ours = (
        rounds(player, suite, lab, host) for player, host in zip((ansible, opsflow), lab.hosts, strict=True)
    )
    suite.record.write_text(_pretty(theirs))
    found = [f"{name}: {line}" for name in ROUNDS for line in differences(theirs[name], ours[name])]
    found += [
        f"{thing}: ansible-core {theirs['state'].get(thing)}, OpsFlow {ours['state'].get(thing)}"
        for thing in sorted({*theirs["state"], *ours["state"]})
        if theirs["state"].get(thing) != ours["state"].get(thing)
    ]
    if found:
        print(f"{suite.name}:\n  " + "\n  ".join(found), flush=True)
    return not found


def rounds(player: Any, suite: Suite, lab: Lab, host: Host) -> dict[str, Any]:
    """Return the story of each round, and what all of them changed."""
    lab.reset(host.name)
    before = look(lab, host)
    told: dict[str, Any] = {}
    for name, options in ROUNDS.items():
        told[name], printed = player(suite, lab, host, *options)
        if told[name]["exit"]:
            print(f"{suite.name}, {name}, by {player.__name__}: {printed[-3000:]}")
    return {**told, "state": change(before, look(lab, host))}


def _pretty(recorded: dict[str, Any]) -> str:
    """Return JSON with a line for each task and each thing."""
    parts: list[str] = []
    for name in ROUNDS:
        story = recorded[name]
        hosts = [
            f"   {json.dumps(host)}: [\n" + ",\n".join(f"    {json.dumps(one)}" for one in rows) + "\n   ]"
            for host, rows in story["hosts"].items()
        ]
        rest = f'"recap": {json.dumps(story["recap"])}, "exit": {story["exit"]}'
        parts.append(f' "{name}": {{\n  "hosts": {{\n' + ",\n".join(hosts) + f"\n  }},\n  {rest}\n }}")
    things = ",\n".join(
        f"  {json.dumps(thing)}: {json.dumps(what)}" for thing, what in recorded["state"].items()
    )
    return "{\n" + ",\n".join(parts) + ',\n "state": {\n' + things + "\n }\n}\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
