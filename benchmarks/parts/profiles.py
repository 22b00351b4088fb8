"""Where the control node's CPU goes in two of the runs, as text."""

from __future__ import annotations

import sys
from dataclasses import replace

from benchmarks import addresses, fleet
from benchmarks.bench import Bench, Section, say
from benchmarks.fleet import Fleet
from benchmarks.measure import measure
from benchmarks.work import MIXED, MIXED_TASKS, Work, write

from .scale import TEN

AMONG = 400
"""Hosts of the second one: a thousand look the same and take longer."""


def figures(bench: Bench) -> Section:
    """Return the profiles of twenty mixed tasks on all hosts, and of ten on very many."""
    folder = bench.folder("profiles")
    near = bench.all_hosts(folder)
    many = fleet.write(bench.lab, folder / "many", addresses.targets(bench.lab, AMONG))
    subjects = {
        f"{len(near.targets)} hosts, {MIXED_TASKS} mixed tasks": (MIXED, near),
        f"{AMONG} hosts, {len(TEN)} tasks": (write(folder, "ten", TEN), many),
    }
    texts = [f"{what}:\n\n```text\n{_profile(bench, *subject)}```" for what, subject in subjects.items()]
    return Section("Profiles of the control node", "\n\n".join(texts))


def _profile(bench: Bench, work: Work, hosts: Fleet) -> str:
    plain = bench.field.opsflow(work, hosts)
    place = bench.scratch / "profile"
    arguments = plain.command[plain.command.index("play") :]
    sampled = replace(plain, command=[sys.executable, "-m", "benchmarks.sampler", str(place), *arguments])
    measure(plain.line("before"), bench.scratch / "log")  # it makes what later runs find
    seconds = measure(sampled.line("profile"), bench.scratch / "log").wall
    say(f"profiled {len(hosts.targets)} hosts: {seconds:.2f} s")
    return place.read_text()
