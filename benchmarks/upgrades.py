"""What an upgrade costs beside apt itself: OpsFlow with all its safety on, plain ssh, ansible-core's `apt`.

Before each run a newer version of each of the lab's packages is published, so that all do the same work.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path

from opsflow.lab import Host, Lab
from opsflow.lab import demo as packages

from . import contenders, report
from .contenders import Contender
from .measure import Figures, measure

_NUMBERS = count(1)
SSH = "plain ssh, apt-get update and dist-upgrade"
_HEAD = "- hosts: {hosts}\n  become: true\n  gather_facts: false\n  tasks:\n"
_OURS = "    - system_update: {preflight: {}, on_failure: rollback, health: [{command: 'true'}]}\n"
_THEIRS = "    - apt: {update_cache: true, upgrade: dist}\n"
_APT = "export DEBIAN_FRONTEND=noninteractive; apt-get -q update && apt-get -q -y dist-upgrade"


def figures(lab: Lab, hosts: Sequence[Host], scratch: Path, runs: int, *, peers: bool) -> str:
    """Return a table: the time of an upgrade of these hosts, and what it adds to plain ssh."""
    ours = _book(scratch / "ours.yml", hosts, _OURS)
    wanted = [
        replace(contenders.opsflow(ours, lab.inventory, len(hosts)), name="OpsFlow"),
        _plain(lab, hosts),
    ]
    if peers:
        theirs = _book(scratch / "theirs.yml", hosts, _THEIRS)
        wanted.append(contenders.ansible(theirs, lab.inventory, len(hosts), scratch))
    found: dict[str, list[Figures]] = {one.name: [] for one in wanted}
    for number in range(runs + 1):  # the first is not counted: it makes what later ones find
        for one in wanted:
            version = f"2.{next(_NUMBERS)}"
            _publish(lab, version)
            spent = measure(one.line(version), scratch / "log")
            _check(lab, hosts[-1], version)
            if number:
                found[one.name].append(spent)
            print(f"upgrade {number}: {one.name}: {spent.wall:.2f} s", file=sys.stderr, flush=True)
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


def _check(lab: Lab, host: Host, version: str) -> None:
    """A contender that upgraded nothing would be quick."""
    said = lab.ssh(host.name, f"dpkg-query -Wf '${{Version}} ' {' '.join(packages.NAMES)}").stdout
    if said.split() != [version] * len(packages.NAMES):
        raise RuntimeError(f"{host.name} was not upgraded to {version}: {said}")


def _book(path: Path, hosts: Sequence[Host], task: str) -> Path:
    path.write_text(_HEAD.format(hosts=",".join(host.name for host in hosts)) + task)
    return path


def _plain(lab: Lab, hosts: Sequence[Host]) -> Contender:
    lines = [lab.ssh_command(host.name, [f"sudo sh -c {shlex.quote(_APT)}"]) for host in hosts]
    return Contender(SSH, ["sh", "-c", " & ".join(map(shlex.join, lines)) + " & wait"])
