"""Runs all parts in turn, on a lab of their own, and keeps what they find."""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from opsflow.core.errors import OpsFlowError
from opsflow.lab import Lab, lab_names, remove

from . import page, report
from .bench import Bench, Section, say
from .contenders import Field
from .page import Found
from .parts import (
    facts,
    files,
    flights,
    ledger,
    mixed,
    modules,
    mute,
    profiles,
    scale,
    small,
    startup,
    upgrades,
)

LAB = "bench"
PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that is measured: how, and on how many hosts; None for all that there are."""

    measure: Callable[[Bench], Section]
    hosts: int | None = None


PARTS = {
    "trivial": Part(small.trivial, 1),
    "mixed": Part(mixed.near),
    "far": Part(mixed.far),
    "facts": Part(facts.figures),
    "loop": Part(small.loop, 1),
    "tree": Part(files.tree, 1),
    "big": Part(files.big, 1),
    "scale": Part(scale.many),
    "first": Part(scale.first),
    "mute": Part(mute.figures),
    "flights": Part(flights.figures, flights.HOSTS),
    "transition": Part(small.transition, 1),
    "startup": Part(startup.figures, 1),
    "modules": Part(modules.one_host, 1),
    "modules-fleet": Part(modules.all_hosts),
    "upgrades": Part(upgrades.figures),
    "ledger": Part(ledger.figures),
    "profiles": Part(profiles.figures),
}


def main() -> int:
    wanted = _arguments()
    signal.signal(signal.SIGTERM, _terminated)
    try:
        with tempfile.TemporaryDirectory(dir="/tmp") as scratch:
            failed = _run(wanted, Path(scratch))
    except OpsFlowError as error:
        say(_sentence(error))
        return error.exit_code
    except KeyboardInterrupt:
        say("interrupted")
        return 99
    if failed:
        say(f"failed: {', '.join(failed)}")
    return 1 if failed else 0


def _terminated(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(143)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--hosts", type=int, default=40, help="lab hosts (40)")
    parser.add_argument(
        "--aliases", type=int, default=1000, help="hosts of the part 'scale', addresses of the lab's (1000)"
    )
    parser.add_argument("--runs", type=int, default=5, help="runs of each contender; medians count (5)")
    parser.add_argument("--keep", action="store_true", help="leave the lab up")
    parser.add_argument("--only", action="append", choices=PARTS, help="one part; may be repeated")
    parser.add_argument("--no-peers", action="store_true", help="only OpsFlow and the floor: quick")
    parser.add_argument("--no-write", action="store_true", help="print only, leave docs/benchmarks.* alone")
    return parser.parse_args()


def _run(wanted: argparse.Namespace, scratch: Path) -> list[str]:
    """Do all wanted parts and return the names of those that failed, with which no others are lost."""
    names = wanted.only or list(PARTS)
    counts = [PARTS[name].hosts for name in names]
    hosts = wanted.hosts if None in counts else max(one for one in counts if one)
    field = Field(scratch, peers=not wanted.no_peers)
    kept = page.Page(PAGE)
    with _lab(hosts, keep=wanted.keep) as lab:
        bench = Bench(lab, scratch, wanted.runs, wanted.aliases, field)
        failed: list[str] = []
        for name in names:
            taken = f"{report.machine()} Medians of {wanted.runs}."
            try:
                found = Found(taken, PARTS[name].measure(bench))
            except (OpsFlowError, RuntimeError) as error:
                say(f"{name}: {_sentence(error)}")
                failed.append(name)
                continue
            print(page.text({name: found}, None), flush=True)
            if not (wanted.no_write or wanted.no_peers):
                kept.keep(name, found, list(PARTS))
        return failed


def _sentence(error: Exception) -> str:
    hint = error.hint if isinstance(error, OpsFlowError) else ""
    return f"{error}; {hint}" if hint else str(error)


@contextmanager
def _lab(hosts: int, *, keep: bool) -> Generator[Lab]:
    """A lab that is gone afterwards, whatever happens."""
    kept = len(Lab.load(LAB).hosts) if LAB in lab_names() else 0
    try:
        yield Lab.up(LAB, hosts=max(hosts, kept), report=say)
    finally:
        if not keep:
            say("taking the lab down")
            remove(LAB)


if __name__ == "__main__":
    sys.exit(main())
