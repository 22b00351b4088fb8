"""Runs all contenders in turn, on a lab of their own and on a big project, prints and keeps the figures."""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from opsflow.core.errors import OpsFlowError
from opsflow.lab import Lab, remove

from . import ledger, modules, report, startup, upgrades
from .contenders import SITE, TASKS, Contender, ansible, floor, opsflow
from .measure import Figures, measure

LAB = "bench"
PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"
ROUND_TRIPS = 100
UPGRADED = 4
"""Hosts that are upgraded at once: on few cores more of them would measure apt against itself."""
PARTS = ("fleet", "modules", "modules-fleet", "upgrades", "ledger", "startup")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--hosts", type=int, default=40, help="lab hosts (40)")
    parser.add_argument("--runs", type=int, default=3, help="runs of each contender; medians count (3)")
    parser.add_argument("--keep", action="store_true", help="leave the lab up")
    parser.add_argument("--only", action="append", choices=PARTS, help="one part; may be repeated")
    parser.add_argument("--no-ansible", action="store_true", help="only OpsFlow and the floors: quick")
    parser.add_argument("--no-write", action="store_true", help="print only, leave docs/benchmarks.md alone")
    wanted = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        with tempfile.TemporaryDirectory(dir="/tmp") as scratch:
            text = _all(wanted, Path(scratch))
    except OpsFlowError as error:
        _say(f"{error.message}" + (f"; {error.hint}" if error.hint else ""))
        return error.exit_code
    except RuntimeError as error:
        _say(str(error))
        return 1
    except KeyboardInterrupt:
        _say("interrupted")
        return 99
    print(text)
    if not (wanted.no_write or wanted.no_ansible or wanted.only):
        report.write(PAGE, text)
    return 0


def _all(wanted: argparse.Namespace, scratch: Path) -> str:
    parts: set[str] = set(wanted.only or PARTS)
    peers = not wanted.no_ansible

    def interleaved(contenders: Sequence[Contender]) -> dict[str, list[Figures]]:
        return _interleaved(contenders, scratch, wanted.runs)

    def once(contenders: Sequence[Contender]) -> dict[str, list[Figures]]:
        return _interleaved(contenders, scratch, 1)

    found = [report.machine()]
    if parts - {"startup"}:
        with _lab(wanted.hosts if parts != {"modules"} else 1, keep=wanted.keep) as lab:
            if "fleet" in parts:
                found.append(_figures(lab, scratch, wanted.runs, with_ansible=peers))
            if "modules" in parts:
                found.append("### One more task on one host, medians")
                found.append(modules.figures(lab, lab.hosts[:1], scratch, interleaved, peers=peers))
            if "modules-fleet" in parts:
                found.append(f"### One more task on {wanted.hosts} hosts, one run")
                found.append(modules.figures(lab, lab.hosts, scratch, once, peers=peers))
            if "upgrades" in parts:
                for hosts in (lab.hosts[:1], lab.hosts[:UPGRADED]):
                    found.append(
                        f"### An upgrade of three packages, {len(hosts)} hosts, medians of {wanted.runs} runs"
                    )
                    found.append(upgrades.figures(lab, hosts, scratch, wanted.runs, peers=peers))
            if "ledger" in parts:
                found.append(ledger.figures(lab, scratch, wanted.runs))
    if "startup" in parts and peers:
        found.append(startup.figures(scratch, interleaved))
    return "\n\n".join(found)


@contextmanager
def _lab(hosts: int, *, keep: bool) -> Iterator[Lab]:
    """A lab that is gone afterwards, whatever happens."""
    try:
        yield Lab.up(LAB, hosts=hosts, report=_say)
    finally:
        if not keep:
            _say("taking the lab down")
            remove(LAB)


def _figures(lab: Lab, scratch: Path, runs: int, *, with_ansible: bool) -> str:
    hosts = len(lab.hosts)
    site = [opsflow(SITE, lab.inventory, hosts)]
    if with_ansible:
        site.append(ansible(SITE, lab.inventory, hosts, scratch))
    site += [floor(way, lab.inventory, TASKS) for way in ("channels", "channel")]
    _say("warming up: the first run makes what later runs find")
    measure(site[0].line("warm"), scratch / "log")
    fleet = _interleaved(site, scratch, runs)
    return "\n\n".join(
        [
            f"### {hosts} hosts, {TASKS} tasks, medians of {runs} interleaved runs",
            report.table(fleet, "OpsFlow"),
            f"### One host, one small command, {ROUND_TRIPS} times",
            _round_trips(lab, scratch, max(runs, 3)),
        ]
    )


def _round_trips(lab: Lab, scratch: Path, runs: int) -> str:
    """Tell what one more task costs: the difference between many and one, so that starting up cancels out."""
    host = lab.hosts[0].name
    contenders: list[Contender] = []
    for tasks in (1, ROUND_TRIPS):
        book = scratch / f"{tasks}.yml"
        head = f"- hosts: {host}\n  gather_facts: false\n  tasks:\n"
        book.write_text(head + '    - command: "true"\n' * tasks)
        contenders.append(_named(opsflow(book, lab.inventory, 1), f"opsflow {tasks}"))
        contenders.append(_named(floor("channel", lab.inventory, tasks, host), f"floor {tasks}"))
        contenders.append(_named(floor("channels", lab.inventory, tasks, host), f"channels {tasks}"))
    found = _interleaved(contenders, scratch, runs)
    names = {
        "opsflow": 'OpsFlow, `command: "true"`',
        "floor": "asyncssh, one channel, a process that runs `true`",
        "channels": "asyncssh, a channel for each `true`",
    }
    lines = ["| | a task | CPU of the control node for it |", "|---|---:|---:|"]
    for key, name in names.items():
        many, one = (report.medians(found[f"{key} {tasks}"]) for tasks in (ROUND_TRIPS, 1))
        wall, cpu = (1000 * d / (ROUND_TRIPS - 1) for d in (many.wall - one.wall, many.cpu - one.cpu))
        lines.append(f"| {name} | {wall:.1f} ms | {cpu:.2f} ms |")
    return "\n".join(lines)


def _named(contender: Contender, name: str) -> Contender:
    return Contender(name, contender.command, contender.environment)


def _interleaved(contenders: Sequence[Contender], scratch: Path, runs: int) -> dict[str, list[Figures]]:
    """Run all contenders in turn, `runs` times, so that a noisy minute hurts all of them."""
    found: dict[str, list[Figures]] = {contender.name: [] for contender in contenders}
    for number in range(1, runs + 1):
        for contender in contenders:
            figures = measure(contender.line(f"run-{number}-{len(found)}"), scratch / "log")
            found[contender.name].append(figures)
            _say(f"run {number}: {contender.name}: {figures.wall:.2f} s, CPU {figures.cpu:.2f} s")
    return found


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
