"""Ending the dpkg of a cancelled task.

apt-get runs dpkg in a session of its own that ignores hang-ups, so it outlives apt-get. That is right when
the connection is lost: what was begun is finished. A person who cancels wants it to end; the next task
repairs what it leaves.
"""

from __future__ import annotations

import os
import signal
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from opsflow.target.request import Request

VARIABLE = "OPSFLOW_TASK"
GRACE = 2.0  # seconds between SIGTERM and SIGKILL


def mark(request: Request) -> str:
    """Return what a request's processes have in their environment, so that no other dpkg is ended."""
    return "%d.%d" % (os.getpid(), request.id)


def end(marked: str) -> None:
    """End each dpkg that has the mark, with all that it has started."""
    for signum in (signal.SIGTERM, signal.SIGKILL):
        groups = _groups(marked)
        for group in groups:
            try:
                os.killpg(group, signum)
            except ProcessLookupError:
                continue
        until = time.time() + GRACE
        while _groups(marked) and time.time() < until:
            time.sleep(0.05)


def _groups(marked: str) -> set[int]:
    wanted = ("%s=%s" % (VARIABLE, marked)).encode("ascii")
    found: set[int] = set()
    for pid in (int(name) for name in os.listdir("/proc") if name.isdigit()):
        try:
            if _bytes(pid, "comm").strip() == b"dpkg" and wanted in _bytes(pid, "environ").split(b"\0"):
                found.add(os.getpgid(pid))
        except OSError:
            continue  # it has ended meanwhile, or is not ours to look at
    return found


def _bytes(pid: int, name: str) -> bytes:
    with open("/proc/%d/%s" % (pid, name), "rb") as file:
        return file.read()
