"""How often a run waits for a host's answer, as its own results count it."""

from __future__ import annotations

from benchmarks import fleet, timeline
from benchmarks.bench import Bench, Section
from benchmarks.contenders import FREE, OPSFLOW, Contender
from benchmarks.goals import Goal
from benchmarks.work import MIXED, Task, write

from .scale import TEN

HOSTS = 2
"""With one alone both strategies do the same: it never waits for another one."""
_INDEPENDENT = [*TEN, *TEN]
_ITEMS = 20
_LOOP = [Task(f"{{command: 'echo {{{{ item }}}}', loop: '{{{{ range({_ITEMS}) | list }}}}'}}")]
_GOALS = {
    ("independent", OPSFLOW): len(_INDEPENDENT),
    ("independent", FREE): 2,
    ("loop", OPSFLOW): 1,
}
"""Round trips at most."""


def figures(bench: Bench) -> Section:
    """Return the round trips of each host, without those of connecting and starting the runner."""
    folder = bench.folder("flights")
    works = {
        "independent": (
            f"{len(_INDEPENDENT)} tasks, none of which needs another's result",
            write(folder, "independent", _INDEPENDENT),
        ),
        "loop": (f"one task with {_ITEMS} items", write(folder, "loop", _LOOP)),
        "mixed": ("the twenty mixed tasks, some of which do", MIXED),
    }
    hosts = fleet.some(bench.lab, folder / "fleet", HOSTS)
    ways = {OPSFLOW: bench.field.opsflow, FREE: bench.field.free}
    lines = ["| | `strategy: linear` | `strategy: free` |", "|---|---:|---:|"]
    goals: list[Goal] = []
    for name, (what, work) in works.items():
        found = {way: _trips(bench, make(work, hosts, *timeline.STREAM)) for way, make in ways.items()}
        lines.append(f"| {what} | {found[OPSFLOW]} | {found[FREE]} |")
        goals += [
            Goal(
                f"Round trips: {what}" + (", `strategy: free`" if way == FREE else ""),
                _GOALS[name, way],
                trips,
            )
            for way, trips in found.items()
            if (name, way) in _GOALS
        ]
    return Section(f"Round trips of each of {HOSTS} hosts", "\n".join(lines), goals)


def _trips(bench: Bench, contender: Contender) -> int:
    return max(timeline.run(contender, "flights", bench.scratch).round_trips.values())
