"""Asks ansible-core again: `python -m tests.conformance.refresh [CASE…]`, all cases without a name.

A name may be that of a directory of cases, or a pattern. Needs ansible-core beside this Python.
"""

from __future__ import annotations

import asyncio
import sys
from fnmatch import fnmatch

from . import oracle, ours
from .case import Case, find_cases
from .compare import differences
from .story import save, scratch


def main(names: list[str]) -> int:
    cases = [case for case in find_cases() if not names or any(_means(name, case) for name in names)]
    if not cases:
        print("there is no such case", file=sys.stderr)
    bad = sum(not refresh(case) for case in cases)
    print(f"{len(cases)} cases, {bad} with differences")
    return 1 if bad or not cases else 0


def refresh(case: Case) -> bool:
    """Record a case and show where OpsFlow differs; return whether that is as it should be."""
    with scratch(case):
        told, printed = oracle.ask(case)
    save(told, case.fixture)
    with scratch(case):
        own, problems = asyncio.run(ours.play(case))
    if case.differs:
        save(own, case.own_fixture)
        return True
    found = differences(told, own)
    if not told["hosts"]:
        print(f"{case.name}: ansible-core told nothing:\n{printed[-1500:]}")
    if found:
        print(f"{case.name}:\n  " + "\n  ".join(found) + f"\n{problems}", flush=True)
    return not found


def _means(name: str, case: Case) -> bool:
    return fnmatch(case.name, name) or case.name.startswith(f"{name.rstrip('/')}/")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
