"""How far a host is behind: what apt would upgrade, what awaits a restart, what is broken, since when."""

from __future__ import annotations

import gzip
import os
import re
import time

from opsflow.target import apt_upgrade, dpkg_status, os_info, releases, restarts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.request import Request

HISTORY = ("/var/log/apt/history.log", "/var/log/apt/history.log.1.gz")
PERIODIC = "/etc/apt/apt.conf.d/20auto-upgrades"
_ENABLED = re.compile(r'^\s*APT::Periodic::Unattended-Upgrade\s+"([^"]*)"', re.M)
_PACKAGE = re.compile(r"\([^()]*\)")


def run(request: Request, refresh: bool = True, valid_for: int = 0) -> dict[str, Any]:
    """Return the patch state of this host; nothing is changed.

    Args:
        refresh: plan with fresh lists of packages, which the host does not keep.
        valid_for: seconds for which the host's own lists count as fresh.
    """
    info = os_info.run(request)
    system = {key: info[key] for key in ("id", "release", "codename", "name", "kernel", "architecture")}
    wanted: dict[str, Any] = {
        "mode": "dist",
        "only": [],
        "exclude": [],
        "security": False,
        "autoremove": False,
        "purge": False,
    }
    status = dpkg_status.read()
    waiting = restarts.run(request)
    return {
        "changed": False,
        "system": dict(system, end_of_life=releases.end_of_life(info["id"], info["codename"])),
        "plan": apt_upgrade.plan(request, refresh=refresh, valid_for=valid_for, **wanted),
        "reboot_required": waiting["reboot_required"],
        "reboot_packages": waiting["reboot_packages"],
        "restart_needed": waiting["restart_needed"],
        "holds": sorted(status.held()),
        "unfinished": sorted(status.unfinished()),
        "unattended": unattended(),
        "last_upgrade": last_upgrade(),
    }


def unattended(path: str = PERIODIC) -> bool:
    """Tell whether the host upgrades itself: unattended-upgrades is installed and switched on."""
    if not os.path.exists("/usr/bin/unattended-upgrade"):
        return False
    found = _ENABLED.findall(_text(path))
    return bool(found) and found[-1] not in ("", "0")


def last_upgrade(paths: tuple[str, ...] = HISTORY) -> dict[str, Any] | None:
    """Return when packages were last upgraded (seconds since the epoch), how many, and by which command.

    Source: apt's history.log, of which each run is a stanza with its times in local time.
    """
    for path in paths:
        for stanza in reversed(_text(path).strip().split("\n\n")):
            parts = (line.partition(": ") for line in stanza.splitlines())
            fields = {key: value for key, _, value in parts}
            ended = _seconds(fields.get("End-Date", ""))
            if "Upgrade" in fields and ended is not None:
                count = len(_PACKAGE.findall(fields["Upgrade"]))
                return {"time": ended, "packages": count, "command": fields.get("Commandline", "")}
    return None


def _seconds(text: str) -> int | None:
    try:
        return int(time.mktime(time.strptime(text.strip(), "%Y-%m-%d %H:%M:%S")))
    except ValueError:
        return None


def _text(path: str) -> str:
    try:
        with gzip.open(path, "rb") if path.endswith(".gz") else open(path, "rb") as file:
            return file.read().decode("utf-8", "replace")
    except OSError:
        return ""
