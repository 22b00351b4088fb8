"""When what happened in a run of OpsFlow, from its stream of events."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from .contenders import Contender

STREAM = ("--output", "ndjson")
"""What a contender's command needs for its output to be read here."""


@dataclass(frozen=True, slots=True)
class Timeline:
    """Seconds from the start of the process: each host's results, and the end; round trips of each host."""

    results: Sequence[tuple[str, float]]
    end: float
    round_trips: Mapping[str, int]

    def first(self) -> float:
        """Return when the first result of any host was there."""
        return min(when for _, when in self.results)

    def last(self, without: str = "") -> float:
        """Return when the last result was there, but for those of one host."""
        return max(when for host, when in self.results if host != without)


def run(contender: Contender, stamp: str, scratch: Path, allowed: Sequence[int] = (0,)) -> Timeline:
    """Run a contender whose command has `STREAM` and return what happened when.

    Raises:
        RuntimeError: it ended with a status that is not allowed.
    """
    log = scratch / "events"
    begun, started = time.time(), time.monotonic()
    with log.open("wb") as output, (scratch / "log").open("wb") as errors:
        done = subprocess.run(
            contender.line(stamp), stdin=subprocess.DEVNULL, stdout=output, stderr=errors, check=False
        )
    end = time.monotonic() - started
    if done.returncode not in allowed:
        raise RuntimeError(f"{contender.name} ended with {done.returncode}: {_end_of(scratch / 'log')}")
    return read(log.read_text().splitlines(), begun, end)


def read(lines: Iterable[str], begun: float, end: float) -> Timeline:
    """Return the results in a stream of events.

    Args:
        begun: when the process started, seconds since 1970.
        end: seconds from then to its end.
    """
    events: list[dict[str, Any]] = [json.loads(line) for line in lines]
    results = [
        (event["host"], datetime.fromisoformat(event["time"]).timestamp() - begun)
        for event in events
        if event["event"] == "host_finished"
    ]
    (trips,) = (event["details"]["round_trips"] for event in events if event["event"] == "run_finished")
    return Timeline(results, end, trips)


def _end_of(log: Path) -> str:
    return os.linesep.join(log.read_text(errors="replace").splitlines()[-20:])
