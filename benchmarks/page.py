"""Keeps what was found, and makes docs/benchmarks.md of it: each part's figures stay until it runs again."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from . import goals, plot
from .bench import Section
from .goals import Goal
from .measure import Figures

BEGIN, END = "<!-- figures -->", "<!-- end of figures -->"


@dataclass(frozen=True, slots=True)
class Found:
    """What a part found, and where and when that was."""

    taken: str
    section: Section


class Page:
    """A page of figures, with the data and the picture beside it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._data = path.with_suffix(".json")
        self._picture = path.with_suffix(".png")

    def keep(self, part: str, found: Found, order: Sequence[str]) -> None:
        """Replace a part's figures, and make page and picture anew.

        Args:
            order: all parts as they are to stand on the page.
        """
        kept = self._read() | {part: found}
        self._data.write_text(json.dumps({name: asdict(one) for name, one in kept.items()}, indent=1) + "\n")
        sorted_ = {name: kept[name] for name in order if name in kept}
        drawn = plot.draw(self._picture, {one.section.title: one.section.medians for one in sorted_.values()})
        self._write(text(sorted_, self._picture.name if drawn else None))

    def _read(self) -> dict[str, Found]:
        if not self._data.exists():
            return {}
        return {name: _found(one) for name, one in json.loads(self._data.read_text()).items()}

    def _write(self, figures: str) -> None:
        """Replace what stands between the two marks."""
        head, _, rest = self._path.read_text().partition(BEGIN)
        tail = rest.partition(END)[2]
        self._path.write_text(f"{head}{BEGIN}\n{figures}\n{END}{tail}")


def text(found: Mapping[str, Found], picture: str | None) -> str:
    """Return the figures of all parts, the goals first."""
    wanted = [goal for one in found.values() for goal in one.section.goals]
    parts = ["### Goals", goals.table(wanted)] if wanted else []
    if picture:
        parts.append(f"![Wall clock and CPU of the control node, OpsFlow as 1]({picture})")
    for one in found.values():
        parts += [f"### {one.section.title}", one.section.text, f"*{one.taken}*"]
    return "\n\n".join(parts)


def _found(data: dict[str, Any]) -> Found:
    """Return what `asdict` made data of."""
    section = data["section"]
    return Found(
        data["taken"],
        Section(
            section["title"],
            section["text"],
            [Goal(**goal) for goal in section["goals"]],
            {name: Figures(**figures) for name, figures in section["medians"].items()},
        ),
    )
