"""Twenty mixed tasks on all hosts, near by and far away."""

from __future__ import annotations

from benchmarks import fleet, report
from benchmarks.bench import Bench, Section, ratios, say
from benchmarks.contenders import ANSIBLE, FLOOR, FREE, MITOGEN, OPSFLOW, PEERS, PYINFRA
from benchmarks.goals import Goal
from benchmarks.measure import measure
from benchmarks.proxy import proxy
from benchmarks.work import MIXED, MIXED_TASKS

ROUND_TRIP_S = 0.05
_WALL = {ANSIBLE: 30.0, MITOGEN: 8.0, PYINFRA: 3.0}
_CPU = {ANSIBLE: 40.0, MITOGEN: 10.0, PYINFRA: 2.0}
_FAR = 3.0
_TO_THE_FLOOR = 1.3


def near(bench: Bench) -> Section:
    """All hosts as they are, less than a tenth of a millisecond away."""
    hosts = bench.all_hosts(bench.folder("mixed"))
    contenders = bench.field.contenders(MIXED, hosts, free=True)
    say("warming up: the first run makes what later runs find")
    measure(contenders[0].line("warm"), bench.scratch / "log")
    found = bench.interleaved(contenders)
    what = f"{len(hosts.targets)} hosts, {MIXED_TASKS} mixed tasks"
    wanted = [*ratios(f"{what}, wall clock", found, _WALL), *ratios(f"{what}, CPU", found, _CPU, "cpu")]
    ours, floor = (report.medians(found[name]).wall for name in (OPSFLOW, FLOOR))
    wanted.append(Goal(f"{what}, wall clock against the floor", _TO_THE_FLOOR, ours / floor, "times"))
    return bench.compared(what, found, wanted)


def far(bench: Bench) -> Section:
    """The same through a proxy that delays."""
    folder = bench.folder("far")
    hosts = {host.name: (host.address, fleet.SSH_PORT) for host in bench.lab.hosts}
    with proxy(hosts, ROUND_TRIP_S) as way:
        targets = [fleet.Target(name, address, name, port) for name, (address, port) in way.places.items()]
        hosts_far = fleet.write(bench.lab, folder / "fleet", targets)
        contenders = bench.field.contenders(MIXED, hosts_far, free=True)
        found = bench.interleaved(contenders, wire=way)
    what = f"{len(hosts)} hosts, {MIXED_TASKS} mixed tasks, {1000 * ROUND_TRIP_S:.0f} ms away"
    walls = {name: report.medians(found[name]).wall for name in PEERS if name in found}
    wanted: list[Goal] = []
    if walls:
        best = min(walls, key=lambda name: walls[name])
        for way in (OPSFLOW, FREE):
            wanted += ratios(f"{what}, wall clock", found, {best: _FAR}, way=way)
    return bench.compared(what, found, wanted)
