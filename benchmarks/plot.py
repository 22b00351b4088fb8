"""The figures as a picture."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from .contenders import FLOOR, FREE, OPSFLOW, PEERS
from .measure import Figures

_PANELS = {"wall": "wall clock", "cpu": "CPU of the control node"}
_COLOURS = dict(
    zip(
        (OPSFLOW, FREE, *PEERS, FLOOR),
        ("#0b6e4f", "#57b894", "#c0392b", "#e08e45", "#3b6fb6", "#8e6fb0", "#9aa0a6"),
        strict=True,
    )
)


def ratios(parts: Mapping[str, Mapping[str, Figures]], figure: str) -> dict[str, dict[str, float]]:
    """Return for each contender, in each part with others beside OpsFlow, how many times as much it took."""
    found: dict[str, dict[str, float]] = {}
    for title, medians in parts.items():
        if OPSFLOW not in medians or len(medians) < 2:
            continue
        ours = getattr(medians[OPSFLOW], figure)
        for name in _COLOURS:
            if name in medians and ours:
                found.setdefault(name, {})[title] = getattr(medians[name], figure) / ours
    return found


def draw(path: Path, parts: Mapping[str, Mapping[str, Figures]]) -> bool:
    """Draw bars for each part that compared contenders; return whether there was anything to draw with."""
    if find_spec("matplotlib") is None or not (
        titles := list(next(iter(ratios(parts, "wall").values()), {}))
    ):
        return False
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    figure, panels = pyplot.subplots(1, len(_PANELS), figsize=(12, 1.4 + 0.9 * len(titles)), sharey=True)
    for panel, (name, title) in zip(panels, _PANELS.items(), strict=True):
        found = ratios(parts, name)
        height = 0.84 / len(found)
        for row, (contender, values) in enumerate(found.items()):
            places = [titles.index(part) + (row - len(found) / 2 + 0.5) * height for part in values]
            bars = panel.barh(places, values.values(), height, color=_COLOURS[contender], label=contender)
            panel.bar_label(
                bars,
                [f"{value:.2g}" if value < 10 else f"{value:.0f}" for value in values.values()],
                padding=2,
                fontsize=7,
            )
        panel.set_xscale("log")
        panel.set_title(f"{title}, OpsFlow as 1")
        panel.axvline(1, color="#333", linewidth=0.6)
        panel.margins(x=0.12)
        panel.spines[["top", "right"]].set_visible(False)
    panels[0].set_yticks(range(len(titles)), titles, fontsize=8)
    panels[0].invert_yaxis()
    panels[-1].legend(fontsize=8, frameon=False, loc="best")
    figure.tight_layout()
    figure.savefig(path, dpi=110, metadata={"Software": None})
    pyplot.close(figure)
    return True
