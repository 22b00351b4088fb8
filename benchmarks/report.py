"""Figures as people read them: a table with ratios, and docs/benchmarks.md."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from statistics import median

from .measure import Figures

BEGIN, END = "<!-- figures -->", "<!-- end of figures -->"


def medians(runs: Sequence[Figures]) -> Figures:
    """Return the median of each figure."""
    return Figures(*(median(getattr(run, name) for run in runs) for name in ("wall", "cpu", "memory")))


def table(runs: Mapping[str, Sequence[Figures]], unit: str) -> str:
    """Return a Markdown table of medians, each with its ratio to the unit's."""
    base = medians(runs[unit])
    lines = [
        "| | wall clock | ratio | control-node CPU | ratio | peak memory | ratio |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for name, figures in runs.items():
        one = medians(figures)
        lines.append(
            f"| {name} | {one.wall:.2f} s | {_times(one.wall, base.wall)} "
            f"| {one.cpu:.2f} s | {_times(one.cpu, base.cpu)} "
            f"| {one.memory:.0f} MiB | {_times(one.memory, base.memory)} |"
        )
    return "\n".join(lines)


def _times(value: float, unit: float) -> str:
    ratio = value / unit
    return f"{ratio:.1f}" if ratio < 10 else f"{ratio:.0f}"


def machine() -> str:
    """Return one line on where the figures were taken."""
    processor = next(
        (line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")),
        platform.machine(),
    )
    packages = ", ".join(f"{name} {version(name)}" for name in ("ansible-core", "asyncssh"))
    load = os.getloadavg()[2]
    return (
        f"{time.strftime('%Y-%m-%d')}, {os.cpu_count()} cores ({processor}), Linux {platform.release()}, "
        f"Python {platform.python_version()}, {packages}; load average over 15 minutes {load:.1f}."
    )


def _lines(path: str) -> list[str]:
    return Path(path).read_text().splitlines()


def write(page: Path, text: str) -> None:
    """Replace the figures of a page, which stand between two marks."""
    old = page.read_text()
    head, _, rest = old.partition(BEGIN)
    tail = rest.partition(END)[2]
    page.write_text(f"{head}{BEGIN}\n{text}\n{END}{tail}")
