"""One host that takes a connection and never speaks: what it costs the others."""

from __future__ import annotations

import socket
from statistics import median

from benchmarks import fleet, timeline
from benchmarks.bench import Bench, Section
from benchmarks.fleet import Target
from benchmarks.goals import Goal
from benchmarks.work import write

from .scale import TEN

_MUTE = "mute"
_LATE_S = 0.5
_STATUS_UNREACHABLE = 4


def figures(bench: Bench) -> Section:
    """Return how much later the others' last result comes, with `strategy: free`."""
    folder = bench.folder("mute")
    work = write(folder, "tasks", TEN)
    targets = [Target(host.name, host.address, host.name) for host in bench.lab.hosts]
    with socket.create_server(("127.0.0.1", 0)) as listener:  # nobody accepts: the kernel alone answers
        port = listener.getsockname()[1]
        alone = fleet.write(bench.lab, folder / "alone", targets)
        beside = fleet.write(
            bench.lab, folder / "beside", [Target(_MUTE, "127.0.0.1", _MUTE, port), *targets]
        )
        lasts: dict[str, list[float]] = {"alone": [], "beside": []}
        for number in range(bench.runs):
            for name, hosts in (("alone", alone), ("beside", beside)):
                contender = bench.field.free(work, hosts, *timeline.STREAM)
                found = timeline.run(
                    contender, f"mute-{number}-{name}", bench.scratch, allowed=(0, _STATUS_UNREACHABLE)
                )
                lasts[name].append(found.last(without=_MUTE))
    before, after = (median(lasts[name]) for name in ("alone", "beside"))
    title = f"{len(targets)} hosts, {len(TEN)} tasks, and one mute host, `strategy: free`"
    text = f"The last result of the others: after {before:.2f} s without it, {after:.2f} s beside it."
    return Section(title, text, [Goal(f"{title}: later by", _LATE_S, after - before, "s")])
