"""Reboots: the boot id, the start of a reboot, and how far a booted system has come."""

from __future__ import annotations

import os
import subprocess
import time

from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.request import Request

_BOOT_ID = "/proc/sys/kernel/random/boot_id"
_SETTLED = ("running", "degraded")
_POLL = 0.5  # seconds between two looks at the system's state
_REPLY = 1.0  # seconds for the answer to get home before the system goes down


def boot_id(request: Request, command: str | None = None) -> dict[str, Any]:
    """Return what tells one boot from another, by the kernel's boot id or a shell command of the user's."""
    if command:
        done = request.command(["sh", "-c", command]).check(command)
        return {"boot_id": done.stdout.strip()}
    return {"boot_id": read_boot_id()}


def read_boot_id() -> str:
    """Return the kernel's boot id."""
    with open(_BOOT_ID) as file:
        return file.read().strip()


def reboot(
    request: Request,
    message: str,
    delay: float = 0,
    command: str | None = None,
    search_paths: list[str] | None = None,
) -> dict[str, Any]:
    """Reboot `delay` seconds from now, in a process that outlives the connection."""
    if os.geteuid() != 0:
        raise Fail("rebooting needs root: use become")
    argv = ["sh", "-c", command] if command else [_shutdown(search_paths or []), "-r", "now", message]
    subprocess.Popen(
        ["sh", "-c", 'sleep "$0"; exec "$@"', str(max(delay, _REPLY)), *argv],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        env=request.environ(),
        start_new_session=True,
    )
    return {"argv": argv}


def _shutdown(search_paths: list[str]) -> str:
    for folder in search_paths:
        path = os.path.join(folder, "shutdown")
        if os.access(path, os.X_OK):
            return path
    raise Fail("there is no 'shutdown' in %s" % ", ".join(search_paths))


def settle(request: Request, timeout: float) -> dict[str, Any]:
    """Wait until systemd has started what it has to; return its state, and what is unfinished or failed."""
    deadline = time.time() + timeout
    shown = None
    while True:
        state = _state(request)
        if state in _SETTLED or state == "none" or time.time() > deadline:
            settled = state in _SETTLED or state == "none"
            return {"state": state, "settled": settled, "units": _unfinished(request, state)}
        if state != shown:
            shown = state
            request.event("progress", message="the system is %s" % state)
        request.raise_if_cancelled()
        time.sleep(_POLL)


def _state(request: Request) -> str:
    """Return systemd's state, or `none` where it is not what booted the system."""
    if not os.path.isdir("/run/systemd/system"):
        return "none"
    return request.command(["systemctl", "is-system-running"]).stdout.strip() or "unknown"


def _unfinished(request: Request, state: str) -> list[str]:
    """Return the units that failed, or the jobs that still run."""
    if state == "degraded":
        listing = ["list-units", "--state=failed"]
    elif state in ("initializing", "starting"):
        listing = ["list-jobs"]
    else:
        return []
    lines = request.command(["systemctl", "--no-legend", "--plain", *listing]).stdout.splitlines()
    return [word for line in lines for word in line.split() if "." in word.strip(".")][:10]
