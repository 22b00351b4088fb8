"""All facts of all hosts."""

from __future__ import annotations

from benchmarks.bench import Bench, Section
from benchmarks.work import Task, write


def figures(bench: Bench) -> Section:
    """Return what the facts cost. pyinfra gathers single facts, as they are asked for, and takes no part."""
    folder = bench.folder("facts")
    work = write(folder, "facts", [Task("setup:")])
    found = bench.interleaved(bench.field.contenders(work, bench.all_hosts(folder)))
    return bench.compared(f"Facts of {len(bench.lab.hosts)} hosts", found)
