"""Very many hosts: several addresses of each lab host, each taken for a host of its own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from statistics import median

from benchmarks import addresses, fleet, timeline
from benchmarks.bench import Bench, Section
from benchmarks.contenders import FLOOR, OPSFLOW
from benchmarks.fleet import Fleet
from benchmarks.goals import Goal
from benchmarks.report import Runs, medians, table
from benchmarks.work import Task, write

FIRST_AMONG = 200
_RUNS = 3
_CPU_MS, _MEMORY_MIB, _MEMORY_A_HOST_MIB, _FIRST_PERCENT = 0.5, 150.0, 0.3, 10.0
_HERE, _THERE = (f"/tmp/opsflow-bench-{name}" for name in ("{{ inventory_hostname }}", "{name}"))
"""A directory for each name: those of one lab host have its disk in common."""
TEN = [
    Task("ping:", frame={"do": "ping"}),
    Task("command: uname -r", frame={"do": "command", "argv": ["uname", "-r"]}),
    Task(
        f"file: {{path: '{_HERE}', state: directory, mode: '0755'}}",
        frame={"do": "directory", "path": _THERE, "mode": 0o755},
    ),
    Task(
        f"copy: {{content: '{{{{ stamp }}}}', dest: '{_HERE}/release', mode: '0644'}}",
        frame={"do": "write", "path": f"{_THERE}/release", "text": "{stamp}", "mode": 0o644},
    ),
    Task(
        f"lineinfile: {{path: '{_HERE}/limits', line: a=1, create: true, mode: '0644'}}",
        frame={"do": "line", "path": f"{_THERE}/limits", "regexp": "^a=1$", "text": "a=1", "mode": 0o644},
    ),
    Task(f"stat: {{path: '{_HERE}/release'}}", frame={"do": "stat", "path": f"{_THERE}/release"}),
    Task(
        f"file: {{src: release, path: '{_HERE}/current', state: link}}",
        frame={"do": "link", "path": f"{_THERE}/current", "target": "release"},
    ),
    Task(
        "shell: getent passwd | wc -l",
        frame={"do": "command", "argv": ["/bin/sh", "-c", "getent passwd | wc -l"]},
    ),
    Task(f"file: {{path: '{_HERE}/old', state: absent}}", frame={"do": "absent", "path": f"{_THERE}/old"}),
    Task("ping:", frame={"do": "ping"}),
]


def many(bench: Bench) -> Section:
    """Return what ten tasks on very many hosts cost; runs of one task tell connecting from them."""
    folder = bench.folder("scale")
    hosts = _fleet(bench, folder, bench.aliases)
    works = {len(tasks): write(folder, f"tasks-{len(tasks)}", tasks) for tasks in (TEN, TEN[:1])}
    contenders = [
        replace(one, name=_name(one.name, count))
        for count, work in works.items()
        for one in (bench.field.opsflow(work, hosts), bench.field.floor(work, hosts))
        if one
    ]
    found = bench.interleaved(contenders, runs=min(bench.runs, _RUNS))
    count = len(hosts.targets)
    title = f"{count:,} hosts, {len(TEN)} tasks"
    lab_hosts = len(bench.lab.hosts)
    note = (
        f"{lab_hosts} lab hosts with {-(-count // lab_hosts)} addresses each, {min(bench.runs, _RUNS)} runs."
    )
    text = "\n\n".join([note, table(found, _name(OPSFLOW, len(TEN))), _each(found, count)])
    peak = medians(found[_name(OPSFLOW, len(TEN))]).memory
    limit = _MEMORY_MIB + _MEMORY_A_HOST_MIB * count
    goals = [
        Goal(
            f"{title}, CPU a host and task, connecting excluded",
            _CPU_MS,
            _cpu_ms(found, OPSFLOW, count),
            "ms",
        ),
        Goal(f"{title}, peak memory", limit, peak, "MiB"),
    ]
    return Section(title, text, goals)


def first(bench: Bench) -> Section:
    """Return how soon the first of many hosts has a result."""
    folder = bench.folder("first")
    hosts = _fleet(bench, folder, FIRST_AMONG)
    contender = bench.field.opsflow(write(folder, "tasks", TEN), hosts, *timeline.STREAM)
    found = [timeline.run(contender, f"first-{number}", bench.scratch) for number in range(bench.runs)]
    percent, when, end = (
        median(values)
        for values in (
            [100 * one.first() / one.end for one in found],
            [one.first() for one in found],
            [one.end for one in found],
        )
    )
    title = f"The first result of {FIRST_AMONG} hosts"
    text = f"After {when:.2f} s of a run of {len(TEN)} tasks that took {end:.2f} s, from the process's start."
    return Section(title, text, [Goal(f"{title}, part of the run", _FIRST_PERCENT, percent, "%")])


def _fleet(bench: Bench, folder: Path, count: int) -> Fleet:
    return fleet.write(bench.lab, folder / "fleet", addresses.targets(bench.lab, count))


def _name(contender: str, tasks: int) -> str:
    return f"{contender}, {tasks} task{'s' * (tasks > 1)}"


def _cpu_ms(found: Runs, name: str, hosts: int) -> float:
    """Return milliseconds of CPU a host and task: the difference between many tasks and one."""
    many_, one = (medians(found[_name(name, count)]).cpu for count in (len(TEN), 1))
    return 1000 * (many_ - one) / hosts / (len(TEN) - 1)


def _each(found: Runs, hosts: int) -> str:
    """Return a table of what connecting and tasks cost each host."""
    lines = [
        "| CPU of the control node | a host, with one task | a host and further task |",
        "|---|---:|---:|",
    ]
    for name in (OPSFLOW, FLOOR):
        start = 1000 * medians(found[_name(name, 1)]).cpu / hosts
        lines.append(f"| {name} | {start:.2f} ms | {_cpu_ms(found, name, hosts):.2f} ms |")
    return "\n".join(lines)
