"""`python -m benchmarks.crashes`: kills runs at random moments, goes on with them, counts what hosts did.

Each moment is a run of its own, on all hosts of a lab: its control node gets SIGKILL at any time from its
start to its end, then `opsflow resume` goes on with it. Each task that must not be done twice writes a line;
at the end each host must have each line once, each file, and its handlers' lines once.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import yaml

from opsflow.lab import Lab, remove

LAB = "crashes"
PAIRS = 4
"""Pairs of a command that writes a line and a file that is copied."""
OPSFLOW = (sys.executable, "-m", "opsflow")


@dataclass
class Seen:
    """What came of all moments."""

    ended: int = 0
    nothing_begun: int = 0
    resumed: list[float] = field(default_factory=list[float])
    repeated: list[str] = field(default_factory=list[str])
    lost: list[str] = field(default_factory=list[str])
    stuck: list[str] = field(default_factory=list[str])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hosts", type=int, default=40, help="lab hosts (40)")
    parser.add_argument("--moments", type=int, default=200, help="runs that are killed (200)")
    parser.add_argument("--seed", type=int, default=20261122, help="of the moments")
    parser.add_argument("--keep", action="store_true", help="leave the lab up")
    wanted = parser.parse_args()
    try:
        lab = Lab.up(LAB, hosts=wanted.hosts, report=print)
        with tempfile.TemporaryDirectory(dir="/tmp") as scratch:
            seen = _all(lab, Path(scratch), wanted.moments, random.Random(wanted.seed))
    finally:
        if not wanted.keep:
            remove(LAB)
    print(_told(seen, wanted.hosts))
    return 1 if seen.repeated or seen.lost or seen.stuck else 0


def _all(lab: Lab, scratch: Path, moments: int, choice: random.Random) -> Seen:
    seen = Seen()
    _write(scratch, lab, "undisturbed", "linear")
    with _started(scratch, lab) as running:
        started = time.monotonic()
        running.communicate()
    whole = time.monotonic() - started
    _check(lab, "undisturbed", seen)
    print(f"undisturbed: {whole:.1f} s", flush=True)
    number = 0
    while number < moments:
        name = f"m{number}-{seen.ended}"
        strategy = choice.choice(("linear", "free"))
        _write(scratch, lab, name, strategy)
        moment = choice.uniform(0, whole)
        before = _newest(scratch)
        if not _killed(scratch, lab, moment):
            seen.ended += 1
            continue
        number += 1
        _go_on(scratch, lab, f"{name} ({strategy}, killed after {moment:.2f} s)", before, seen)
        _check(lab, name, seen)
        if number % 10 == 0:
            print(f"{number} moments: {_told(seen, len(lab.hosts))}", flush=True)
    return seen


def _write(scratch: Path, lab: Lab, name: str, strategy: str) -> None:
    """Write the configuration and the playbook of a moment."""
    (scratch / "opsflow.yml").write_text(f"state: sqlite://{scratch}/ledger.db\nforks: {len(lab.hosts)}\n")
    folder = f"/srv/{name}"
    tasks = [{"file": {"path": folder, "state": "directory"}}]
    for pair in range(PAIRS):
        line = f"echo {pair} >> {folder}/log; sleep 0.02"
        tasks.append({"name": f"Line {pair}", "shell": line, "notify": "Line"})
        copied = {"content": f"{pair}\n", "dest": f"{folder}/{pair}"}
        tasks.append({"name": f"File {pair}", "copy": copied, "notify": "File"})
    handlers = [{"name": what, "shell": f"echo {what} >> {folder}/log"} for what in ("Line", "File")]
    play = {
        "hosts": "all",
        "become": True,
        "gather_facts": False,
        "strategy": strategy,
        "tasks": tasks,
        "handlers": handlers,
    }
    (scratch / "play.yml").write_text(yaml.safe_dump([play]))


def _play(lab: Lab) -> list[str]:
    return ["play", "play.yml", "-i", str(lab.inventory)]


def _opsflow(scratch: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*OPSFLOW, *words], cwd=scratch, text=True, capture_output=True, check=False)


def _started(scratch: Path, lab: Lab) -> subprocess.Popen[str]:
    """Begin a run, and return when it says that it has begun."""
    words = [*OPSFLOW, *_play(lab), "--output", "ndjson"]
    running = subprocess.Popen(
        words, cwd=scratch, text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert running.stdout is not None
    running.stdout.readline()
    return running


def _killed(scratch: Path, lab: Lab, moment: float) -> bool:
    """Run, kill the run so many seconds after its begin, and tell whether it had not ended before."""
    with _started(scratch, lab) as running:
        try:
            running.communicate(timeout=moment)
        except subprocess.TimeoutExpired:
            running.kill()
            return True
    return False


def _go_on(scratch: Path, lab: Lab, what: str, before: str, seen: Seen) -> None:
    """Go on with the run that was killed; where the ledger knows none, it has begun nothing: run it."""
    started = time.monotonic()
    words = ["resume", "--unknown", "redo"]
    if _newest(scratch) == before:
        seen.nothing_begun += 1
        words = _play(lab)
    done = _opsflow(scratch, *words)
    if done.returncode and "ended well" not in done.stderr:
        seen.stuck.append(f"{what}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    seen.resumed.append(time.monotonic() - started)


def _newest(scratch: Path) -> str:
    """Return the id of the newest run of the ledger."""
    return json.loads(_opsflow(scratch, "runs", "--output", "json", "-n", "1").stdout)[0]["run_id"]


def _check(lab: Lab, name: str, seen: Seen) -> None:
    """Count on each host what was done, in the files of its own disk."""
    wanted = Counter([*map(str, range(PAIRS)), "Line", "File"])
    for host in lab.hosts:
        folder = lab.inventory.parent / "hosts" / host.name / "upper" / "srv" / name
        log = folder / "log"
        found = Counter(log.read_text().split() if log.exists() else [])
        seen.repeated += [f"{name} on {host.name}: {line}" for line in (found - wanted).elements()]
        seen.lost += [f"{name} on {host.name}: {line}" for line in (wanted - found).elements()]
        files = [str(pair) for pair in range(PAIRS) if not (folder / str(pair)).exists()]
        seen.lost += [f"{name} on {host.name}: file {file}" for file in files]


def _told(seen: Seen, hosts: int) -> str:
    text = (
        f"{len(seen.resumed)} moments on {hosts} hosts; {len(seen.repeated)} lines repeated, "
        f"{len(seen.lost)} lines or files lost, {len(seen.stuck)} runs not gone on with; "
        f"{seen.nothing_begun} had begun nothing, {seen.ended} had ended before and do not count"
    )
    if seen.resumed:
        text += f"; going on took {median(seen.resumed):.1f} s (median)"
    return "\n".join([text, *seen.repeated[:20], *seen.lost[:20], *seen.stuck[:3]])


if __name__ == "__main__":
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.exit(main())
