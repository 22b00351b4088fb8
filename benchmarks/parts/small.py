"""Small tasks on one host: many of them, one with many items, and what lies between one task and the next."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from benchmarks.bench import Bench, Section, ratios
from benchmarks.contenders import ANSIBLE, FLOOR, MITOGEN, OPSFLOW, PYINFRA, Contender
from benchmarks.fleet import Fleet
from benchmarks.goals import Goal
from benchmarks.report import medians
from benchmarks.work import Task, write

TASKS, ITEMS, PINGS = 100, 200, 300
_WALL = {ANSIBLE: 30.0, MITOGEN: 8.0, PYINFRA: 3.0}
_TRANSITION_MS = 1.0
_TRUE = Task(
    'command: "true"',
    'server.shell(commands=["true"])',
    "true",
    {"do": "command", "argv": ["true"]},
)
_PING = Task("ping:", frame={"do": "ping"})
_DEBUG = Task("debug: {msg: hello}", frame={"do": "ping"})


def trivial(bench: Bench) -> Section:
    """Return what a hundred commands that do nothing cost."""
    folder = bench.folder("trivial")
    work = write(folder, "trivial", [_TRUE] * TASKS)
    found = bench.interleaved(bench.field.contenders(work, bench.one_host(folder), free=True))
    what = f"One host, {TASKS} trivial tasks"
    return bench.compared(what, found, ratios(f"{what}, wall clock", found, _WALL))


def loop(bench: Bench) -> Section:
    """Return what one task with many items costs: each makes a directory that is not there yet."""
    folder = bench.folder("loop")
    work = write(folder, "loop", [_items("/tmp/opsflow-bench-loop")])
    found = bench.interleaved(bench.field.contenders(work, bench.one_host(folder)))
    return bench.compared(f"One host, a loop of {ITEMS} items", found)


def _items(place: str) -> Task:
    """Return a task that makes a directory for each item, below one that is named for the run."""
    arguments = f"{{path: '{place}/{{{{ stamp }}}}/{{{{ item }}}}', state: directory, mode: '0755'}}"
    return Task(
        f"{{file: {arguments}, loop: '{{{{ range({ITEMS}) | list }}}}'}}",
        f"for item in range({ITEMS}):\n"
        f"    files.directory(path=f'{place}/{{host.data.stamp}}/{{item}}', mode='755')",
        "\n".join(f"install -d -m 0755 {place}/STAMP/{item}" for item in range(ITEMS)),
        {"do": "directories", "paths": [f"{place}/{{stamp}}/{item}" for item in range(ITEMS)], "mode": 0o755},
    )


def transition(bench: Bench) -> Section:
    """Return what one more task costs: the difference between many and one, so that starting cancels out."""
    folder = bench.folder("transition")
    host = bench.one_host(folder)
    contenders = [
        *_counted(bench, folder, host, "ping", _PING, OPSFLOW),
        *_counted(bench, folder, host, "debug", _DEBUG, OPSFLOW),
        *_counted(bench, folder, host, "ping", _PING, FLOOR),
    ]
    found = bench.interleaved(contenders)
    lines = ["| | a task | CPU of the control node for it |", "|---|---:|---:|"]
    walls: dict[str, float] = {}
    for name in dict.fromkeys(contender.name.rpartition(" ")[0] for contender in contenders):
        many, one = (medians(found[f"{name} {count}"]) for count in (PINGS, 1))
        walls[name], cpu = (
            1000 * (getattr(many, figure) - getattr(one, figure)) / (PINGS - 1) for figure in ("wall", "cpu")
        )
        lines.append(f"| {name} | {walls[name]:.2f} ms | {cpu:.2f} ms |")
    added = walls[f"{OPSFLOW} ping"] - walls[f"{FLOOR} ping"]
    goal = Goal("One host, a task that does nothing, more than the floor", _TRANSITION_MS, added, "ms")
    return Section("One more task that does nothing, on one host", "\n".join(lines), [goal])


def _counted(bench: Bench, folder: Path, host: Fleet, kind: str, task: Task, name: str) -> list[Contender]:
    """Return a contender with one such task, and with many."""
    found: list[Contender] = []
    for count in (1, PINGS):
        work = write(folder, f"{kind}-{count}", [task] * count)
        found += [
            replace(one, name=f"{name} {kind} {count}")
            for one in bench.field.contenders(work, host)
            if one.name == name
        ]
    return found
