"""Runs one command and tells what it and all its descendants cost: `python -m benchmarks.measure -- COMMAND`.

It is a process of its own, so that whatever the command leaves behind (ansible's persistent ssh processes)
becomes its child, is ended and counted. The figures are a line of JSON on standard output.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Protocol

import psutil

_PR_SET_CHILD_SUBREAPER = 36
_OVERHEAD = 20
"""How many times as long as one look at the memory took we wait for the next: sampling costs at most 5 %."""


@dataclass(frozen=True)
class Figures:
    """What a run cost: seconds of wall clock and of CPU (user and system), MiB of memory at the peak.

    `wire` is MiB that passed between control node and hosts, `round_trips` how often the control node spoke
    after it had heard an answer, all connections together; 0 where nobody counted.
    """

    wall: float
    cpu: float
    memory: float
    wire: float = 0
    round_trips: float = 0


class Wire(Protocol):
    """What lies between control node and hosts, and counts."""

    def counts(self) -> tuple[int, int]:
        """Return the bytes and the round trips so far."""
        ...


@dataclass(frozen=True, slots=True)
class Interface:
    """A network interface, as the kernel counts: bytes with the headers of packets, no round trips."""

    name: str

    def counts(self) -> tuple[int, int]:
        """Return the bytes of both directions, and 0."""
        folder = Path("/sys/class/net", self.name, "statistics")
        return sum(int((folder / file).read_text()) for file in ("rx_bytes", "tx_bytes")), 0


def measure(command: list[str], log: Path, wire: Wire | None = None) -> Figures:
    """Run a command in a process of its own and return what it cost; its output goes to `log`.

    Raises:
        RuntimeError: it failed; the message holds the end of its output.
    """
    helper = [sys.executable, "-m", "benchmarks.measure", str(log), *command]
    before = wire.counts() if wire else (0, 0)
    done = subprocess.run(helper, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{_end_of(log)}")
    after = wire.counts() if wire else (0, 0)
    found = Figures(**json.loads(done.stdout))
    return replace(found, wire=(after[0] - before[0]) / 2**20, round_trips=after[1] - before[1])


def _end_of(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-40:])


class _Memory:
    """Samples the memory of all our descendants: proportional set sizes, so that shared pages count once."""

    def __init__(self) -> None:
        self.peak = 0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> float:
        """End and return the peak in MiB."""
        self._done.set()
        self._thread.join()
        return self.peak / 1024 / 1024

    def _watch(self) -> None:
        took = 0.0
        while not self._done.wait(max(0.02, _OVERHEAD * took)):
            started = time.thread_time()
            self.peak = max(self.peak, sum(map(_memory, psutil.Process().children(recursive=True))))
            took = time.thread_time() - started


def _memory(process: psutil.Process) -> int:
    with suppress(psutil.Error):
        return process.memory_full_info().pss
    return 0


def _reap() -> None:
    """End what the command left behind and wait for it: only then does its CPU time count."""
    for child in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):
            child.terminate()
    with suppress(ChildProcessError):
        while True:
            os.wait()


def main() -> int:
    log, *command = sys.argv[1:]
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    memory = _Memory()
    started = time.perf_counter()
    try:
        with open(log, "wb") as output:
            status = subprocess.call(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        wall = time.perf_counter() - started
        peak = memory.stop()
    finally:
        _reap()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(json.dumps(asdict(Figures(wall, used.ru_utime + used.ru_stime, peak))))
    return status


if __name__ == "__main__":
    sys.exit(main())
