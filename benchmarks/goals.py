"""What was wanted beside what was reached."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Goal:
    """One figure: at most `wanted`, or with `least` at least so much. Both are in `unit`."""

    what: str
    wanted: float
    reached: float
    unit: str = ""
    least: bool = False

    @property
    def met(self) -> bool:
        return self.reached >= self.wanted if self.least else self.reached <= self.wanted

    def row(self) -> str:
        """Return a line of a Markdown table."""
        sign = "≥" if self.least else "≤"
        wanted, reached = (_figure(value, self.unit) for value in (self.wanted, self.reached))
        return f"| {self.what} | {sign} {wanted} | {reached} | {'yes' if self.met else '**no**'} |"


def table(goals: Iterable[Goal]) -> str:
    """Return a Markdown table of goals."""
    return "\n".join(["| | goal | reached | |", "|---|---:|---:|---|", *(goal.row() for goal in goals)])


def _figure(value: float, unit: str) -> str:
    figure = f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
    return f"{figure} {unit}".rstrip()
