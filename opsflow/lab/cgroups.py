"""One control group a host: how its processes are found and killed, whoever their parent is.

systemd inside a container needs a group of its own; without one all containers share that of their
starter and some fail to boot.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from .errors import LabError
from .process import environment, tail

MOUNT = Path("/sys/fs/cgroup")
TOP = "opsflow-lab"
KILL_TIMEOUT_S = 15.0

# The shell enters the groups before it forks, so that there is no moment in which the program is outside.
ENTER = """
for _ in $(seq "$0"); do echo $$ >"$1" || exit 1; shift; done
cd / && exec setsid --fork "$@"
"""


def hierarchies() -> list[Path]:
    """Return the mounted hierarchies that systemd uses: one on a pure v2 machine, else up to two."""
    if (MOUNT / "cgroup.procs").exists():
        return [MOUNT]
    return [MOUNT / name for name in ("systemd", "unified") if (MOUNT / name / "cgroup.procs").exists()]


@dataclass(frozen=True, slots=True)
class ControlGroup:
    """The same group in each hierarchy, such as `opsflow3/h1`."""

    name: str

    @property
    def paths(self) -> list[Path]:
        """The group's directory in each hierarchy, whether it exists or not."""
        return [hierarchy / TOP / self.name for hierarchy in hierarchies()]

    def processes(self) -> set[int]:
        """Return the ids of all processes in the group and the groups below it."""
        return {pid for path in self.paths for pid in _processes_below(path)}

    def spawn(self, command: Sequence[str | Path], log: Path) -> None:
        """Start a program in the group; it has a session of its own and outlives us.

        Args:
            command: the program and its arguments.
            log: the file that gets its output, overwritten.

        Raises:
            LabError: it could not be started.
        """
        for path in self.paths:
            path.mkdir(parents=True, exist_ok=True)
        members = [str(path / "cgroup.procs") for path in self.paths]
        words = ["sh", "-c", ENTER, str(len(members)), *members, *(str(part) for part in command)]
        with log.open("wb") as output:
            done = subprocess.run(
                words, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=environment(), check=False
            )
        if done.returncode:
            raise LabError(f"'{command[0]}' could not be started: {tail(log.read_text(errors='replace'))}")

    def kill(self) -> None:
        """Kill everything in the group at once, as a power cut would.

        Raises:
            LabError: something survived.
        """
        deadline = time.monotonic() + KILL_TIMEOUT_S
        while pids := self.processes():
            for pid in pids:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            if time.monotonic() > deadline:
                raise LabError(f"these processes of {self.name} cannot be killed: {sorted(pids)}")
            time.sleep(0.02)

    def remove(self) -> None:
        """Kill what is in the group and remove it, with the groups below it and empty ones above."""
        self.kill()
        for path in self.paths:
            for directory, _, _ in os.walk(path, topdown=False):
                _remove_empty(Path(directory))
            for parent in (path.parent, path.parent.parent):
                if parent.name == TOP or parent.parent.name == TOP:
                    with suppress(OSError):  # not empty: other hosts or labs are in it
                        parent.rmdir()


def _processes_below(path: Path) -> Iterator[int]:
    for directory, _, files in os.walk(path):
        if "cgroup.procs" in files:
            # A group may vanish, or be a threaded one that lists none, while we look.
            with suppress(OSError):
                yield from (int(pid) for pid in Path(directory, "cgroup.procs").read_text().split())


def _remove_empty(directory: Path) -> None:
    """Remove a group; the kernel may take a moment to let go of its last process."""
    for _ in range(100):
        try:
            directory.rmdir()
        except FileNotFoundError:
            return
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise LabError(f"the control group {directory} cannot be removed")
