"""What the ledger costs a run, how much room it takes, and how soon it answers when it is big."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import report
from benchmarks.bench import Bench, Section, say
from benchmarks.contenders import Contender
from benchmarks.fleet import Fleet
from benchmarks.measure import Figures, measure
from benchmarks.work import MIXED, MIXED_TASKS
from opsflow.core.events import Event, Events, HostFinished, RunFinished, RunStarted, TaskInfo, TaskStarted
from opsflow.core.events import PlayStarted as Play
from opsflow.core.origin import Origin
from opsflow.core.redact import Redactor
from opsflow.core.results import RunSummary, Status, TaskResult
from opsflow.ledger.audit import Question, entries
from opsflow.ledger.header import Header
from opsflow.ledger.record import Recorder
from opsflow.ledger.store import open_store

HOSTS, PER_HOST = 40, 20
"""The run whose results are recorded to see what one costs."""
MANY = 20_000
"""Results of the run whose size on disk is told."""
BIG = 1_000_000
"""Results of the big ledger."""
FLEET = 1_000
"""Hosts of the big ledger."""
REPEATS = 15
_GOALS = {"cpu": "≤ 0.1 ms", "ratio": "≤ 1.03", "history": "≤ 100 ms"}


def figures(bench: Bench) -> Section:
    """Return what a result costs, what a run costs with and without it, and how soon a big one answers."""
    folder = bench.folder("ledger")
    parts = [
        _costs(folder),
        f"{len(bench.lab.hosts)} hosts, {MIXED_TASKS} mixed tasks, with and without the ledger:",
        _ratio(bench, folder),
        f"Questions to a ledger of {BIG:,} results on {FLEET:,} hosts:",
        _questions(folder),
    ]
    return Section("The ledger, SQLite", "\n\n".join(parts))


# one result


@dataclass(frozen=True)
class _Cost:
    """Milliseconds of CPU that a result costs: altogether, and of it in the thread of the run."""

    whole: float
    held: float


def _costs(scratch: Path) -> str:
    results = HOSTS * PER_HOST
    found: list[_Cost] = []
    for number in range(REPEATS):
        found.append(_cost(f"sqlite://{scratch}/cost-{number}.db", HOSTS, PER_HOST))
        say(f"{results} results: {found[-1].whole:.3f} ms of CPU each")
    url = f"sqlite://{scratch}/size.db"
    _record(url, "20260101-000000-aaaaaa", 200, MANY // 200)
    store = open_store(url, read_only=True)
    size = store.size() / MANY * 1000 / 1024
    store.close()
    whole, held = median(one.whole for one in found), median(one.held for one in found)
    lines = [
        "| | | goal |",
        "|---|---:|---:|",
        f"| CPU a result, median of {REPEATS} runs with {results} | {whole:.3f} ms | {_GOALS['cpu']} |",
        f"| of it in the thread of the run | {held:.3f} ms | |",
        f"| on disk, 1,000 results, half of which changed something | {size:.0f} KiB | |",
    ]
    return "\n".join(lines)


def _cost(url: str, hosts: int, tasks: int) -> _Cost:
    """Record a run and return what a result costs beyond what the events themselves do."""
    events = list(_events("20260101-000000-aaaaaa", hosts, tasks))
    bare = _emitted(Events(redactor=Redactor()), events)
    recorder = Recorder(open_store(url), _header(url))
    time.sleep(0.2)  # what the writer looks up at its beginning is not of a result
    begun = time.process_time()
    held = _emitted(Events(recorder, redactor=Redactor()), events)
    recorder.close()
    whole = time.process_time() - begun - bare
    return _Cost(1000 * whole / (hosts * tasks), 1000 * (held - bare) / (hosts * tasks))


def _emitted(events: Events, told: Sequence[Event]) -> float:
    begun = time.thread_time()
    for event in told:
        events.emit(event)
    return time.thread_time() - begun


def _record(url: str, run_id: str, hosts: int, tasks: int) -> None:
    recorder = Recorder(open_store(url), _header(url))
    for event in _events(run_id, hosts, tasks):
        recorder(event)
    if failed := recorder.close():
        raise RuntimeError(f"the ledger failed: {failed.message}")


def _header(url: str) -> Header:
    return Header(["opsflow", "play", "site.yml"], Path(url.removeprefix("sqlite://")).parent, [], [], str)


def _events(run_id: str, hosts: int, tasks: int) -> Iterator[Event]:
    """Yield a run in which every other task changes something, with results as common modules have them."""
    names = [f"node{number:04}.example.org" for number in range(hosts)]
    yield RunStarted(run_id, ["site.yml"], time.time(), False)
    yield Play("The whole site", names, 1)
    for key in range(tasks):
        module = "command" if key % 4 < 2 else "template"
        info = TaskInfo(key, f"Task {key}", module, Origin("site.yml", 10 + key, 7))
        yield TaskStarted(info, names)
        for name in names:
            yield HostFinished(info, name, _result(module, key, name, changed=key % 2 == 0))
    yield RunFinished(RunSummary(run_id, ["site.yml"], time.time()))


def _result(module: str, key: int, host: str, *, changed: bool) -> TaskResult:
    data: dict[str, Any] = {"changed": changed, "failed": False}
    if module == "command":
        said = f"unit {key} of {host} is active since Monday\nall is well"
        data.update(cmd=["systemctl", "status", f"unit{key}"], rc=0, stdout=said, stderr="", stderr_lines=[])
        data.update(stdout_lines=said.splitlines(), delta="0:00:00.010321")
        data.update(start="2026-11-21 22:33:46.123456", end="2026-11-21 22:33:46.133777")
    else:
        path = f"/etc/app/{key}.conf"
        data.update(dest=path, path=path, checksum=f"{key:040x}", md5sum=f"{key:032x}", size=812)
        data.update(owner="root", group="root", uid=0, gid=0, mode="0644", state="file")
    return TaskResult(Status.CHANGED if changed else Status.OK, data, 0.01)


# a run with and without it


def _ratio(bench: Bench, folder: Path) -> str:
    hosts = bench.all_hosts(folder)
    contenders = {
        "with": _configured(bench, folder, hosts, "on"),
        "without": _configured(bench, folder, hosts, "off"),
    }
    found: dict[str, list[Figures]] = {name: [] for name in contenders}
    for number in range(2 * bench.runs + 2):
        for name, contender in contenders.items():
            spent = measure(contender.line(f"ledger-{number}-{name}"), folder / "log")
            if number:  # the first run makes what later ones find
                found[name].append(spent)
            say(f"run {number} {name} the ledger: {spent.wall:.2f} s, CPU {spent.cpu:.2f} s")
    on, off = (report.medians(found[name]) for name in ("with", "without"))
    lines = ["| | wall clock | control-node CPU |", "|---|---:|---:|"]
    lines += [
        f"| {name} | {one.wall:.2f} s | {one.cpu:.2f} s |" for name, one in (("with", on), ("without", off))
    ]
    lines.append(f"| ratio, goal {_GOALS['ratio']} | {on.wall / off.wall:.2f} | {on.cpu / off.cpu:.2f} |")
    return "\n".join(lines)


def _configured(bench: Bench, folder: Path, hosts: Fleet, ledger: str) -> Contender:
    config = folder / f"ledger-{ledger}.yml"
    config.write_text(f"ledger: {ledger}\n")
    return bench.field.opsflow(MIXED, hosts, "--config", str(config))


# a big one


def _questions(scratch: Path) -> str:
    url = f"sqlite://{scratch}/big.db"
    per_run = 20
    _record(url, "20260101-000000-aaaaaa", FLEET, per_run)
    _multiply(url, BIG // (FLEET * per_run))
    host = f"node{FLEET // 2:04}.example.org"
    store = open_store(url, read_only=True)
    rows: list[float] = []
    for _ in range(REPEATS):
        begun = time.perf_counter()
        list(entries(store, Question(host=host, limit=100)))
        rows.append(1000 * (time.perf_counter() - begun))
    size = store.size() / 1024**2
    store.close()
    command = [sys.executable, "-m", "opsflow"]
    commands = {
        "`opsflow history HOST`, its last 100 changes": (
            [*command, "history", host, "--state", url],
            "history",
        ),
        "`opsflow --help`, for comparison": ([*command, "--help"], ""),
    }
    lines = ["| | wall clock | CPU | goal |", "|---|---:|---:|---:|"]
    lines.append(f"| the rows of `history` alone | {median(rows):.1f} ms | | |")
    for name, (words, goal) in commands.items():
        found = [measure(Contender(name, words).line(""), scratch / "log") for _ in range(REPEATS)]
        one = report.medians(found)
        lines.append(
            f"| {name} | {1000 * one.wall:.0f} ms | {1000 * one.cpu:.0f} ms | {_GOALS.get(goal, '')} |"
        )
    lines.append(f"| size on disk | {size:.0f} MiB | | |")
    return "\n".join(lines)


def _multiply(url: str, runs: int) -> None:
    """Copy the only run of a ledger until it has so many: quicker than to record each of them."""
    store = open_store(url)
    with store.transaction() as execute:
        ((rows,),) = execute("SELECT count(*) FROM audit")
    for number in range(1, runs):
        with store.transaction() as execute:
            for table, changed in _COPIED.items():
                names = [str(row[1]) for row in execute(f"PRAGMA table_info({table})")]
                values = ", ".join(changed.get(name, name) for name in names).format(n=number, rows=rows)
                first = "id <= ?" if table == "audit" else "? AND run = 1"
                if table == "runs":
                    first = "? AND number = 1"
                execute(f"INSERT INTO {table} SELECT {values} FROM {table} WHERE {first}", (rows,))
        say(f"run {number + 1} of {runs}")
    store.close()


_COPIED = {
    "runs": {"number": "number + {n}", "run_id": "run_id || {n}", "started": "started + {n}"},
    "plays": {"run": "run + {n}"},
    "tasks": {"run": "run + {n}"},
    "results": {"run": "run + {n}"},
    "audit": {"id": "id + {n} * {rows}", "run_id": "run_id || {n}", "time": "time + {n}"},
}
"""Tables of a run, and what is different in a copy of it."""
