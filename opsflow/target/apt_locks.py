"""The locks of dpkg and apt: who holds them, and waiting until they are free."""

from __future__ import annotations

import fcntl
import os
import struct
import time
from typing import NamedTuple

from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsflow.target.request import Request

DPKG = ("/var/lib/dpkg/lock-frontend", "/var/lib/dpkg/lock", "/var/cache/apt/archives/lock")
LISTS = ("/var/lib/apt/lists/lock",)
POLL = 1.0  # seconds between two looks

Holder = NamedTuple(
    "Holder",
    [("path", "str"), ("pid", "int"), ("command", "str"), ("unit", "str")],
)
"""Who holds a lock; `pid` is 0 where the kernel does not tell (another namespace)."""

_FLOCK = "hhqqi4x"  # struct flock with 64-bit offsets: type, whence, start, length, pid


def wait(request: Request, paths: Sequence[str], deadline: float, timeout: float) -> None:
    """Wait until nobody holds any of the locks, telling who does. Raises Fail at the deadline."""
    holder = find_holder(paths)
    while holder:
        left = deadline - time.time()
        if left <= 0:
            raise Fail(
                "another package manager still runs after %d seconds: %s" % (timeout, describe(holder)),
                lock=holder._asdict(),
            )
        request.event(
            "progress",
            message="Waiting for %s, %d s left" % (describe(holder), left),
            percent=None,
        )
        until = time.time() + min(POLL, left)
        while holder and time.time() < until:
            time.sleep(0.1)
            request.raise_if_cancelled()
            holder = find_holder(paths)


def describe(holder: Holder) -> str:
    """Return a holder in words: `apt-get upgrade (pid 12, apt-daily.service), which holds PATH`."""
    if not holder.pid:
        return "a process that cannot be seen from here, which holds %s" % holder.path
    who = "pid %d" % holder.pid
    if holder.unit:
        who += ", " + holder.unit
    return "%s (%s), which holds %s" % (holder.command or "a process", who, holder.path)


def find_holder(paths: Sequence[str]) -> Holder | None:
    """Return who holds the first of the locks that is held."""
    for path in paths:
        pid = _holding_pid(path)
        if pid is not None:
            return Holder(path, pid, _command(pid), _unit(pid))
    return None


def _holding_pid(path: str) -> int | None:
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        asked = struct.pack(_FLOCK, fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
        kind, _, _, _, pid = struct.unpack(_FLOCK, fcntl.fcntl(file, fcntl.F_GETLK, asked))
    finally:
        os.close(file)
    return None if kind == fcntl.F_UNLCK else max(pid, 0)


def _command(pid: int) -> str:
    words = " ".join(_proc(pid, "cmdline").replace("\0", " ").split())
    return words if len(words) <= 80 else words[:79] + "…"


def _unit(pid: int) -> str:
    """Return the systemd unit of a process, from the last part of its control group's path."""
    for line in _proc(pid, "cgroup").splitlines():
        for part in reversed(line.split("/")):
            if part.endswith((".service", ".scope")):
                return part
    return ""


def _proc(pid: int, name: str) -> str:
    try:
        with open("/proc/%d/%s" % (pid, name), encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""
