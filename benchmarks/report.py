"""Figures as people read them: tables with ratios."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Mapping, Sequence
from dataclasses import fields
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median

from .measure import Figures

Runs = Mapping[str, Sequence[Figures]]
"""What each run of each contender cost."""
_PROGRAMS = ("ansible-core", "mitogen", "pyinfra", "asyncssh")


def medians(runs: Sequence[Figures]) -> Figures:
    """Return the median of each figure."""
    return Figures(*(median(getattr(run, one.name) for run in runs) for one in fields(Figures)))


def table(runs: Runs, unit: str) -> str:
    """Return a Markdown table of medians, each with its ratio to the unit's.

    Bytes and round trips have columns where somebody counted them.
    """
    found = {name: medians(figures) for name, figures in runs.items()}
    columns = [column for column in _COLUMNS if any(getattr(one, column.name) for one in found.values())]
    lines = [
        "|" + "".join(f" | {column.title} | ratio" for column in columns) + " |",
        "|---" + "|---:|---:" * len(columns) + "|",
    ]
    for name, one in found.items():
        cells = (column.cells(one, found[unit]) for column in columns)
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


class _Column:
    def __init__(self, name: str, title: str, form: str) -> None:
        self.name = name
        self.title = title
        self._form = form

    def cells(self, one: Figures, unit: Figures) -> str:
        """Return the figure and its ratio."""
        value = getattr(one, self.name)
        return f"{self._form.format(value)} | {times(value, getattr(unit, self.name))}"


_COLUMNS = (
    _Column("wall", "wall clock", "{:.2f} s"),
    _Column("cpu", "control-node CPU", "{:.2f} s"),
    _Column("memory", "peak memory", "{:.0f} MiB"),
    _Column("wire", "on the wire", "{:.2f} MiB"),
    _Column("round_trips", "round trips", "{:,.0f}"),
)


def times(value: float, unit: float) -> str:
    """Return a ratio in two figures, or a dash where there is nothing to compare with."""
    if not unit:
        return "-"
    ratio = value / unit
    return f"{ratio:.1f}" if ratio < 9.95 else f"{ratio:.0f}"


def machine() -> str:
    """Return one line on where and when figures were taken."""
    processor = next(
        (line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")),
        platform.machine(),
    )
    load = os.getloadavg()[2]
    return (
        f"{time.strftime('%Y-%m-%d')}, {os.cpu_count()} cores ({processor}), Linux {platform.release()}, "
        f"Python {platform.python_version()}, {', '.join(_versions())}; "
        f"load average over 15 minutes {load:.1f}."
    )


def _versions() -> list[str]:
    found: list[str] = []
    for name in _PROGRAMS:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    return found


def _lines(path: str) -> list[str]:
    return Path(path).read_text().splitlines()
