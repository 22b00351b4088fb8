"""The figures as a picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from .contenders import FLOOR, FREE, OPSFLOW, PEERS
from .measure import Figures
from .report import times

_PANELS = {"wall": "wall clock", "cpu": "CPU of the control node"}
_COLOURS: dict[str, str] = dict(
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
    titles = list(ratios(parts, "wall").get(OPSFLOW, {}))
    if find_spec("matplotlib") is None or not titles:
        return False
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    figure: Any
    panels: Any
    figure, panels = pyplot.subplots(1, len(_PANELS), figsize=(12, 1.8 + 0.9 * len(titles)), sharey=True)
    for panel, (name, what) in zip(panels, _PANELS.items(), strict=True):
        _bars(panel, ratios(parts, name), titles)
        panel.set_title(f"{what}, OpsFlow as 1", fontsize=10)
    panels[0].set_yticks(range(len(titles)), titles, fontsize=8)
    panels[0].invert_yaxis()
    handles, names = panels[0].get_legend_handles_labels()
    figure.legend(handles, names, ncols=len(names), fontsize=8, frameon=False, loc="lower center")
    figure.tight_layout(rect=(0, 0.35 / figure.get_figheight(), 1, 1))
    figure.savefig(path, dpi=110, metadata={"Software": None})
    pyplot.close(figure)
    return True


def _bars(panel: Any, found: Mapping[str, Mapping[str, float]], titles: Sequence[str]) -> None:
    """Draw a group of bars for each part, those of contenders that took part side by side."""
    height = 0.84 / len(found)
    for contender, values in found.items():
        places: list[float] = []
        for part in values:
            present = [name for name, each in found.items() if part in each]
            offset = present.index(contender) - (len(present) - 1) / 2
            places.append(titles.index(part) + offset * height)
        bars = panel.barh(
            places, list(values.values()), height, color=_COLOURS[contender], label=contender.replace("`", "")
        )
        panel.bar_label(bars, [times(value, 1) for value in values.values()], padding=2, fontsize=7)
    panel.set_xscale("log")
    panel.xaxis.set_major_formatter("{x:g}")
    panel.axvline(1, color="#333", linewidth=0.6)
    panel.margins(x=0.12)
    panel.spines[["top", "right"]].set_visible(False)
