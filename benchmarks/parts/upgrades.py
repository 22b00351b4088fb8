"""What an upgrade costs beside apt itself: OpsFlow with all its safety on, plain ssh, ansible-core's `apt`.

Before each run a newer version of each of the lab's packages is published, so that all do the same work.
"""

from __future__ import annotations

import shlex
from itertools import count
from pathlib import Path

from benchmarks import report
from benchmarks.bench import Bench, Section, say
from benchmarks.contenders import Contender
from benchmarks.fleet import Fleet, some
from benchmarks.measure import Figures, measure
from benchmarks.work import Task, write
from opsflow.lab import Lab
from opsflow.lab import demo as packages

_NUMBERS = count(1)
SSH = "plain ssh, apt-get update and dist-upgrade"
_TASKS = {
    "ours": "system_update: {preflight: {}, on_failure: rollback, health: [{command: 'true'}]}",
    "theirs": "apt: {update_cache: true, upgrade: dist}",
}
UPGRADED = 4
"""Hosts that are upgraded at once: on few cores more of them would measure apt against itself."""
_APT = "export DEBIAN_FRONTEND=noninteractive; apt-get -q update && apt-get -q -y dist-upgrade"


def figures(bench: Bench) -> Section:
    """Return the time of an upgrade of one host and of a few, and what it adds to plain ssh."""
    parts: list[str] = []
    for count_ in (1, min(UPGRADED, len(bench.lab.hosts))):
        folder = bench.folder(f"upgrades-{count_}")
        hosts = some(bench.lab, folder / "fleet", count_)
        parts += [f"On {count_}:", _compare(bench, folder, hosts)]
    return Section("An upgrade of three packages", "\n\n".join(parts))


def _compare(bench: Bench, folder: Path, hosts: Fleet) -> str:
    ours, theirs = (write(folder, name, [Task(task)], sudo=True) for name, task in _TASKS.items())
    wanted = [bench.field.opsflow(ours, hosts), _plain(bench.lab, hosts)]
    if bench.field.peers:
        wanted.append(bench.field.ansible(theirs, hosts))
    found: dict[str, list[Figures]] = {one.name: [] for one in wanted}
    for number in range(bench.runs + 1):  # the first is not counted: it makes what later ones find
        for one in wanted:
            version = f"2.{next(_NUMBERS)}"
            _publish(bench.lab, version)
            spent = measure(one.line(version), bench.scratch / "log")
            _check(bench.lab, hosts.targets[-1].name, version)
            if number:
                found[one.name].append(spent)
            say(f"upgrade {number}: {one.name}: {spent.wall:.2f} s")
    return _table(found)


def _table(found: dict[str, list[Figures]]) -> str:
    base = report.medians(found[SSH])
    lines = ["| | wall clock | more than plain ssh | control-node CPU |", "|---|---:|---:|---:|"]
    for name, runs in found.items():
        one = report.medians(runs)
        more = f"{one.wall - base.wall:+.2f} s" if name != SSH else ""
        lines.append(f"| {name} | {one.wall:.2f} s | {more} | {one.cpu:.2f} s |")
    return "\n".join(lines)


def _publish(lab: Lab, version: str) -> None:
    for name in packages.NAMES:
        lab.repo.publish(name, version)


def _check(lab: Lab, host: str, version: str) -> None:
    """A contender that upgraded nothing would be quick."""
    said = lab.ssh(host, f"dpkg-query -Wf '${{Version}} ' {' '.join(packages.NAMES)}").stdout
    if said.split() != [version] * len(packages.NAMES):
        raise RuntimeError(f"{host} was not upgraded to {version}: {said}")


def _plain(lab: Lab, hosts: Fleet) -> Contender:
    lines = [lab.ssh_command(host.name, [f"sudo sh -c {shlex.quote(_APT)}"]) for host in hosts.targets]
    return Contender(SSH, ["sh", "-c", " & ".join(map(shlex.join, lines)) + " & wait"])
