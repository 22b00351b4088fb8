"""What every part of the benchmarks is given, and what it gives back."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from opsflow.lab import Lab

from . import fleet
from .contenders import OPSFLOW, Contender, Field
from .fleet import Fleet
from .goals import Goal
from .measure import Figures, Interface, Wire, measure
from .report import Runs, medians, table

_STAMPS = count(1)


@dataclass(frozen=True, slots=True)
class Section:
    """What a part found: Markdown, goals, and medians of contenders for the plot."""

    title: str
    text: str
    goals: list[Goal] = field(default_factory=list[Goal])
    medians: dict[str, Figures] = field(default_factory=dict[str, Figures])


@dataclass(frozen=True, slots=True)
class Bench:
    """A lab to work on, a directory to write in, and the contenders.

    Attributes:
        runs: how often each contender runs; medians count.
        aliases: how many names the part with the most hosts makes of the lab's hosts.
    """

    lab: Lab
    scratch: Path
    runs: int
    aliases: int
    field: Field

    def folder(self, name: str) -> Path:
        """Make a directory for a part's files."""
        made = self.scratch / name
        made.mkdir()
        return made

    def all_hosts(self, folder: Path) -> Fleet:
        """Return the lab's hosts."""
        return fleet.whole(self.lab, folder / "fleet")

    def one_host(self, folder: Path) -> Fleet:
        """Return the lab's first host."""
        return fleet.some(self.lab, folder / "fleet", 1)

    @property
    def wire(self) -> Interface:
        """The lab's bridge: all that passes between this machine and its hosts."""
        return Interface(self.lab.network.bridge)

    def compared(self, title: str, runs: Runs, wanted: Sequence[Goal] = (), note: str = "") -> Section:
        """Return a section with a table of all contenders beside OpsFlow."""
        text = f"{note}\n\n{table(runs, OPSFLOW)}" if note else table(runs, OPSFLOW)
        return Section(title, text, list(wanted), {name: medians(each) for name, each in runs.items()})

    def interleaved(
        self,
        contenders: Sequence[Contender],
        *,
        runs: int | None = None,
        wire: Wire | None = None,
        before: Callable[[], None] | None = None,
    ) -> dict[str, list[Figures]]:
        """Run contenders in turn, so that a noisy minute hurts all of them.

        Args:
            runs: how often; None for as often as usual.
            wire: what counts bytes; None for the lab's bridge.
            before: done before each run, and not counted.
        """
        return interleaved(contenders, self.scratch, runs or self.runs, wire or self.wire, before)


def interleaved(
    contenders: Sequence[Contender],
    scratch: Path,
    runs: int,
    wire: Wire | None = None,
    before: Callable[[], None] | None = None,
) -> dict[str, list[Figures]]:
    """Run contenders in turn, also where there is no lab: see `Bench.interleaved`."""
    found: dict[str, list[Figures]] = {contender.name: [] for contender in contenders}
    for number in range(1, runs + 1):
        for contender in contenders:
            if before:
                before()
            figures = measure(contender.line(f"run-{next(_STAMPS)}"), scratch / "log", wire)
            found[contender.name].append(figures)
            say(f"run {number}: {contender.name}: {figures.wall:.2f} s, CPU {figures.cpu:.2f} s")
    return found


def ratios(
    what: str, runs: Runs, wanted: dict[str, float], figure: str = "wall", way: str = OPSFLOW
) -> list[Goal]:
    """Return goals: how many times as much of a figure as OpsFlow each contender needs, at least.

    Args:
        wanted: the ratio for each contender; those who took no part are left out.
        way: which of OpsFlow's contenders.
    """
    ours = getattr(medians(runs[way]), figure)
    us = "" if way == OPSFLOW else f" of {way}"
    return [
        Goal(f"{what}{us} against {name}", least, getattr(medians(runs[name]), figure) / ours, "times", True)
        for name, least in wanted.items()
        if name in runs
    ]


def say(sentence: str) -> None:
    """Tell a person how far we are."""
    print(sentence, file=sys.stderr, flush=True)
