"""Restarting the services that run replaced code, but never those that a host or we ourselves depend on."""

from __future__ import annotations

import fnmatch
import os
import time

from opsflow.target import restarts, units
from opsflow.target.request import Fail
from opsflow.target.service_processes import service_of, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from opsflow.target.request import Request

MOMENT = 1.0  # seconds within which a service that was restarted shows that it cannot run
PAUSE = 0.2
NEVER = (
    "dbus.service",
    "dbus-broker.service",
    "systemd-*",
    "getty@*",
    "serial-getty@*",
    "console-getty.service",
    "container-getty@*",
    "user@*",
    "user-runtime-dir@*",
    "docker.service",
    "containerd.service",
    "podman*.service",
    "lxc*.service",
    "libvirtd.service",
    "NetworkManager.service",
    "ModemManager.service",
    "wpa_supplicant*",
    "ifup@*",
    "networking.service",
    "display-manager.service",
    "gdm*.service",
    "lightdm.service",
    "sddm.service",
    "xdm.service",
)
"""Units whose restart takes sessions, containers, screens or the network away: they wait for a reboot."""


def run(
    request: Request, policy: Any = "needed", deny: Sequence[str] = (), timeout: float = 300.0
) -> dict[str, Any]:
    """Restart services that run replaced code; return restarted, left [{unit, why}] and failed [{unit, why}].

    In check mode `restarted` are those that would be.

    Args:
        policy: `never`, `needed`, or a list of the units (shell patterns) that may be restarted when needed.
        deny: units that are not, beside those in `NEVER` (shell patterns).
        timeout: seconds for all of them together.
    """
    chosen: list[str] = []
    left: list[dict[str, str]] = []
    for unit in restarts.services_to_restart(request):
        why = _reason(unit, policy, deny)
        if why:
            left.append({"unit": unit, "why": why})
        else:
            chosen.append(unit)
    chosen, refused = _restartable(request, chosen)
    left += refused
    failed = _restart(request, chosen, timeout) if chosen and not request.check else []
    bad = [one["unit"] for one in failed]
    restarted = [unit for unit in chosen if unit not in bad]
    return {"changed": bool(chosen), "restarted": restarted, "left": left, "failed": failed}


def revive(request: Request, names: Sequence[str], timeout: float = 300.0) -> None:
    """Start units that have failed, now that what they need is back; whether they run then is seen later.

    A failure of units that are gone is forgotten.
    """
    if names and not request.check:
        try:
            request.command(["systemctl", "daemon-reload"], timeout=timeout)
            request.command(["systemctl", "reset-failed", "--", *names], timeout=timeout)
            request.command(["systemctl", "start", "--", *names], timeout=timeout)
        except Fail:
            return  # it takes too long: their state tells


def _reason(unit: str, policy: Any, deny: Sequence[str]) -> str:
    """Return why a unit is not to be restarted, nothing where it may."""
    if policy == "never":
        return "services are never restarted here"
    if _fits(unit, NEVER):
        return "its restart takes sessions or connections away: it needs a reboot"
    if _fits(unit, deny):
        return "it is on the list of those that are not restarted"
    if not isinstance(policy, str) and not _fits(unit, policy):
        return "it is not on the list of those that are restarted"
    return ""


def _fits(unit: str, patterns: Iterable[str]) -> bool:
    names = (unit, unit[: -len(".service")] if unit.endswith(".service") else unit)
    return any(fnmatch.fnmatchcase(name, pattern) for name in names for pattern in patterns)


def _restartable(request: Request, chosen: list[str]) -> tuple[list[str], list[dict[str, str]]]:
    """Leave out what systemd does not let be stopped, and what would end the way to this process."""
    ours = _our_units()
    good: list[str] = []
    left: list[dict[str, str]] = []
    for unit, state in units.states(chosen, "RefuseManualStop", "KillMode").items():
        if state.get("RefuseManualStop") == "yes":
            left.append({"unit": unit, "why": "systemd does not let it be stopped: it needs a reboot"})
        elif unit in ours and state.get("KillMode") != "process":
            left.append({"unit": unit, "why": "this very work runs in it"})
        else:
            good.append(unit)
    return good, left


def _our_units() -> set[str]:
    """Return the services that this process and those it comes from run in."""
    found: set[str] = set()
    pid = os.getpid()
    while pid > 1:
        folder = "/proc/%d" % pid
        found.add(service_of(folder) or "")
        fields = text(os.path.join(folder, "stat")).rpartition(b")")[2].split()
        pid = int(fields[1]) if len(fields) > 1 else 0
    return found


def _restart(request: Request, chosen: list[str], timeout: float) -> list[dict[str, str]]:
    """Restart units in one transaction of systemd, in its order; return those that do not run afterwards."""
    count = "%d services run" % len(chosen) if len(chosen) > 1 else "%s runs" % chosen[0]
    request.event("progress", message="%s replaced code: restarting" % count, percent=None)
    try:
        request.command(["systemctl", "try-restart", "--", *chosen], timeout=timeout)
        late = ""
    except Fail:
        late = " after %g s" % timeout
    return [
        {
            "unit": unit,
            "why": "it is %s%s%s" % (units.described(state), late, units.last_words(request, unit)),
        }
        for unit, state in _down(request, chosen).items()
    ]


def _down(request: Request, chosen: list[str]) -> dict[str, dict[str, str]]:
    """Return the units that do not run, once they had a moment to fail: a simple one is up at once."""
    until = time.time() + MOMENT
    while True:
        states = units.states(chosen)
        down = {unit: state for unit, state in states.items() if state.get("ActiveState") != "active"}
        if down or time.time() > until:
            return down
        request.raise_if_cancelled()
        time.sleep(PAUSE)
