"""Asks ansible-core again: `python -m tests.lab.refresh INVENTORY HOST TWIN [CASE…]`.

The inventory is that of a lab with `--mirror`; ansible-core plays on HOST, OpsFlow on its TWIN. Both have the
packages of the cases and are for this only: they are not what they were afterwards.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from tests.conformance import oracle, ours
from tests.conformance.compare import differences
from tests.conformance.story import save, scratch

from .cases import find


def main(inventory: str, host: str, twin: str, *names: str) -> int:
    bad = 0
    for theirs, own in zip(find(Path(inventory), host), find(Path(inventory), twin), strict=True):
        if names and own.name not in names:
            continue
        with scratch(theirs):
            told, printed = oracle.ask(theirs)
        save(told, theirs.fixture)
        if not told["hosts"]:
            print(f"{own.name}: ansible-core told nothing:\n{printed[-1500:]}")
        with scratch(own):
            ours_told, problems = asyncio.run(ours.play(own))
        found = differences(told, ours_told)
        bad += bool(found)
        if found:
            print(f"{own.name}:\n  " + "\n  ".join(found) + f"\n{problems}", flush=True)
    return bad


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
