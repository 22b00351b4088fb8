"""`python -m tests.fuzz [--minutes N] [--seed N] [--keep DIRECTORY]`: see the package."""

from __future__ import annotations

import argparse
import faulthandler
import logging
import sys
import tempfile
import time
import warnings
from collections import Counter
from pathlib import Path
from random import Random

from .check import LIMIT, Verdict, check
from .corpus import Seed, seeds
from .mutate import Mutator, words_of

_FINE = ("accepted", "refused")


def main() -> int:
    """Damage and read files until the time is over; return 1 when something was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=None, help="the same number damages in the same way")
    parser.add_argument("--keep", type=Path, default=Path(tempfile.gettempdir()) / "opsflow-fuzz")
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    logging.disable()
    seed = given.seed if given.seed is not None else int(time.time())
    print(f"seed {seed}, {given.minutes:g} minutes", flush=True)
    return _report(*_run(Random(seed), given.minutes * 60, given.keep))


def _run(random: Random, seconds: float, keep: Path) -> tuple[Counter[str], dict[str, tuple[int, Path]]]:
    """Return how often each outcome came, and each finding once with how often and where its input is."""
    corpus = seeds()
    files = [seed.files[seed.victim] for seed in corpus]
    mutator = Mutator(random, words_of(files), files)
    outcomes: Counter[str] = Counter()
    findings: dict[str, tuple[int, Path]] = {}
    end = time.monotonic() + seconds
    keep.mkdir(parents=True, exist_ok=True)
    while time.monotonic() < end:
        seed = random.choice(corpus)
        data = mutator.damage(seed.files[seed.victim])
        verdict = _one(seed, data, keep)
        outcomes[verdict.outcome] += 1
        if verdict.outcome not in _FINE:
            name = f"{verdict.outcome}: {verdict.line}"
            count, path = findings.get(name, (0, keep / f"{len(findings):03}"))
            findings[name] = count + 1, path
            if not count:
                _save(seed, data, verdict, path)
    return outcomes, findings


def _one(seed: Seed, data: bytes, keep: Path) -> Verdict:
    """Read one input. One that not even the watchdog can end is left in `keep`, and ends the program."""
    (keep / "last").write_bytes(data)
    faulthandler.dump_traceback_later(LIMIT * 12, exit=True)
    try:
        with tempfile.TemporaryDirectory() as directory:
            return check(seed, data, Path(directory))
    finally:
        faulthandler.cancel_dump_traceback_later()


def _save(seed: Seed, data: bytes, verdict: Verdict, path: Path) -> None:
    path.mkdir(parents=True, exist_ok=True)
    (path / "input").write_bytes(data)
    (path / "why").write_text(f"{seed.kind} {seed.name} {seed.victim}\n{verdict.line}\n{verdict.detail}")
    print(f"{verdict.outcome}: {verdict.line}  ({seed.kind} {seed.name}, {path})", flush=True)


def _report(outcomes: Counter[str], findings: dict[str, tuple[int, Path]]) -> int:
    bad = sum(count for outcome, count in outcomes.items() if outcome not in _FINE)
    fine = ", ".join(f"{outcomes[outcome]} {outcome}" for outcome in _FINE)
    print(f"{outcomes.total()} inputs: {fine}, {bad} wrong")
    for name, (count, path) in sorted(findings.items(), key=lambda item: -item[1][0]):
        print(f"  {count} times {name}  {path}")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
