"""Services that run code which an upgrade has replaced: their processes have mapped what is deleted."""

from __future__ import annotations

import os
import re

from opsflow.target import units
from opsflow.target.service_processes import scripts, service_of, text

TYPE_CHECKING = False

# A mapping of code whose file is gone, in a place where packages put theirs
_DELETED = re.compile(
    rb"^\S+ \S\Sx\S \S+ \S+ \d+ +(/(?:usr|lib\w*|s?bin|opt)/(?!local/).+) \(deleted\)$", re.M
)
_OF_PACKAGES = re.compile(r"/(usr|lib\w*|s?bin|opt)/(?!local/)")
SLACK = 1.0  # seconds by which a process's beginning is not known
_TICKS = os.sysconf("SC_CLK_TCK")


def services(proc: str = "/proc") -> list[str]:
    """Return the services of which a process runs code that is not there any more, or a script that is newer.

    Other users' processes are for root alone to look at: anybody else gets what is known of their own.
    """
    booted = _booted(proc)
    found: dict[str, set[str]] = {}
    for pid in os.listdir(proc):
        folder = os.path.join(proc, pid)
        unit = service_of(folder) if pid.isdigit() else None
        if unit and (_deleted(folder) or _newer_script(folder, booted)):
            found.setdefault(unit, set()).add(pid)
    states = units.states(found, "KillMode", "MainPID")
    return sorted(unit for unit, pids in found.items() if _would_help(states.get(unit, {}), pids))


def _would_help(state: dict[str, str], pids: set[str]) -> bool:
    """Tell whether a restart would end the processes: of sshd's logins, say, it ends none but sshd itself."""
    return state.get("KillMode") != "process" or state.get("MainPID") in pids


def _deleted(folder: str) -> bool:
    return _DELETED.search(text(os.path.join(folder, "maps"))) is not None


def _newer_script(folder: str, booted: float) -> bool:
    """Tell whether a script was put in its place after the process that runs it had begun."""
    paths = [path for path in scripts(folder) if _OF_PACKAGES.match(path)]
    if not paths:
        return False
    started = _started(folder, booted)
    return any(started and os.stat(path).st_ctime > started + SLACK for path in paths if os.path.exists(path))


def _started(folder: str, booted: float) -> float:
    """Return when a process began, in seconds since the epoch; 0 where that is not known."""
    fields = text(os.path.join(folder, "stat")).rpartition(b")")[2].split()
    return booted + int(fields[19]) / _TICKS if len(fields) > 19 and booted else 0.0


def _booted(proc: str) -> float:
    match = re.search(rb"^btime (\d+)$", text(os.path.join(proc, "stat")), re.M)
    return float(match.group(1)) if match else 0.0
