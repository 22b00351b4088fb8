"""Is this host fit to be changed? Looked at before an upgrade; nothing is changed.

Each check gives {check, ok, level, message}; `level` is what the policy says of it: `warn` or `stop`.
"""

from __future__ import annotations

import os
import time

from opsflow.target import (
    apt_locks,
    apt_upgrade,
    dpkg_status,
    preflight_clock,
    preflight_disk,
    preflight_sources,
    units,
    windows,
)
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from opsflow.target.request import Request

    Plan = dict[str, Any]
    Policy = dict[str, Any]
    Verdict = tuple[bool, str]

MEMORY = 128 * 1024  # KiB that must be available, swap included
_EVERYTHING: dict[str, Any] = {
    "mode": "dist",
    "only": [],
    "exclude": [],
    "security": False,
    "autoremove": False,
    "purge": False,
}


def run(request: Request, policy: dict[str, Any], control_time: float | None = None) -> dict[str, Any]:
    """Return `checks` and `ready` for an upgrade of everything, `failed` where a check stops it.

    Args:
        policy: see `look`.
        control_time: the control node's clock at the call, in seconds since the epoch.
    """
    offset = preflight_clock.offset(control_time)
    with preflight_sources.fresh(request, policy.get("sources", "off")) as sources:
        plan, impossible = _plan(request)
        checks = look(request, plan, policy, offset, sources) + impossible
    bad = [one for one in checks if not one["ok"]]
    stops = [one["message"] for one in bad if one["level"] == "stop"]
    result: dict[str, Any] = {"changed": False, "checks": checks, "ready": not stops}
    result["warnings"] = [one["message"] for one in bad if one["level"] == "warn"]
    if stops:
        return dict(result, failed=True, msg="; ".join(stops))
    return dict(result, msg="ready" + (", with %d warnings" % len(bad) if bad else ""))


def _plan(request: Request) -> tuple[Plan, list[dict[str, Any]]]:
    """Return the plan of an upgrade of everything; where there is none, one of nothing and a warning."""
    try:
        return apt_upgrade.plan(request, **_EVERYTHING), []
    except Fail as fail:
        message = "apt finds no way to upgrade this host: %s" % fail.msg
        nothing: Plan = {"upgrade": [], "install": [], "remove": [], "download": 0, "as_of": 0}
        return nothing, [{"check": "plan", "ok": False, "level": "warn", "message": message}]


def early(request: Request, policy: dict[str, Any], control_time: float | None = None) -> dict[str, Any]:
    """Return `checks` of what can be judged without a plan: see `look`; file systems and sources are not."""
    offset = preflight_clock.offset(control_time)
    policy = dict(policy, disk="off", sources="off")
    return {"changed": False, "checks": look(request, {}, policy, offset, [])}


def look(
    request: Request,
    plan: dict[str, Any],
    policy: dict[str, Any],
    offset: float | None = None,
    sources: list[str] | None = None,
) -> list[dict[str, Any]]:
    """Return {check, ok, level, message} for each check that the policy does not switch off.

    Args:
        plan: what `apt_upgrade.plan` returns.
        policy: the options of `opsflow.modules.base.preflight.PreflightArgs`, as it sends them.
        offset: how far this clock is ahead of the control node's (seconds), None where it is not known:
            `preflight_clock.offset`, called before anything that takes time.
        sources: what is wrong with the package sources, where that is known already.

    The check `units` also has `units`: those that have failed already, for a comparison afterwards.
    """
    failed = units.failed() if policy.get("units", "off") != "off" else []
    makers: list[tuple[str, Callable[[], Verdict]]] = [
        ("clock", lambda: preflight_clock.judge(offset, policy["clock_limit"])),
        ("window", lambda: _window(policy)),
        ("disk", lambda: preflight_disk.judge(plan, policy["disk_margin"])),
        ("dpkg", lambda: _dpkg(request)),
        ("locks", _locks),
        ("sources", lambda: preflight_sources.judge(request, plan, sources)),
        ("load", lambda: _load(policy["max_load"])),
        ("memory", _memory),
        ("power", _power),
        ("units", lambda: _units(failed)),
    ]
    found: list[dict[str, Any]] = []
    for name, make in makers:
        level = policy.get(name, "off")
        if level != "off":
            request.raise_if_cancelled()
            ok, message = _made(make)
            found.append({"check": name, "ok": ok, "level": level, "message": message})
            if name == "units":
                found[-1]["units"] = failed
    return found


def _made(make: Callable[[], Verdict]) -> Verdict:
    """Return what a check says; one that cannot be made is not passed."""
    try:
        return make()
    except Fail as fail:
        return False, fail.msg
    except OSError as error:
        hint = "" if os.geteuid() == 0 else "; set 'become: yes'"
        return False, "%s: %s%s" % (error.filename, error.strerror, hint)


def _window(policy: dict[str, Any]) -> Verdict:
    given: list[str] = policy.get("maintenance_window") or []
    if not given:
        return True, "no maintenance window is set"
    parsed = [windows.parse(text) for text in given]
    weekday, minute, zone = _local_time(time.time(), policy.get("utc_offset"), policy.get("timezone") or "")
    here = "%s %02d:%02d %s" % (windows.DAYS[weekday], minute // 60, minute % 60, zone)
    if windows.is_open(parsed, weekday, minute):
        return True, "the maintenance window %s is open (%s)" % (", ".join(given), here)
    opens = windows.next_opening(parsed, weekday, minute)
    message = "outside of the maintenance window %s: it is %s, it opens %s"
    return False, message % (", ".join(given), here, opens)


def _local_time(now: float, utc_offset: float | None, zone: str) -> tuple[int, int, str]:
    """Return the weekday (0 is Monday), the minute of the day and the name of the time zone.

    Args:
        now: seconds since the epoch.
        utc_offset: seconds by which the time zone is ahead of UTC now, None for the host's own.
    """
    there = time.localtime(now) if utc_offset is None else time.gmtime(now + utc_offset)
    name = there.tm_zone if utc_offset is None else zone
    return there.tm_wday, there.tm_hour * 60 + there.tm_min, name


def _dpkg(request: Request) -> Verdict:
    status = dpkg_status.read()
    unfinished = status.unfinished()
    if unfinished:
        return False, "packages are half done: %s" % ", ".join(unfinished)
    if status.journal:
        return False, "dpkg was interrupted, its journal is not merged yet"
    done = request.command(["dpkg", "--audit"], timeout=60)
    if done.rc or done.stdout.strip():
        lines = [line.strip() for line in done.stdout.splitlines() if line.startswith(" ")]
        said = "; ".join(lines[:5]) or (done.stderr or done.stdout).strip().splitlines()[-1]
        return False, "dpkg --audit complains: %s" % said
    return True, "dpkg's database is consistent"


def _locks() -> Verdict:
    holders = [apt_locks.find_holder([path]) for path in apt_locks.DPKG + apt_locks.LISTS]
    told = [apt_locks.describe(holder) for holder in holders if holder]
    if told:
        return False, "another package manager is at work: %s" % "; ".join(told)
    pid = _unattended()
    if pid:
        return False, "unattended-upgrades is at work (pid %d)" % pid
    return True, "no other package manager is at work"


def _unattended() -> int:
    """Return the process of a running unattended-upgrade, 0 where there is none."""
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open("/proc/%s/cmdline" % name, "rb") as file:
                    words = file.read().split(b"\0")
            except OSError:
                continue  # it has ended
            if any(word.endswith(b"/unattended-upgrade") for word in words[:3]):
                return int(name)
    return 0


def _load(limit: float) -> Verdict:
    load, cores = os.getloadavg()[0], os.cpu_count() or 1
    said = "the load is %.1f on %d processors" % (load, cores)
    if load / cores > limit:
        return False, "%s, more than %g for each" % (said, limit)
    return True, said


def _memory() -> Verdict:
    with open("/proc/meminfo") as file:
        fields = dict(line.split(":", 1) for line in file)
    left = sum(int(fields.get(key, "0").split()[0]) for key in ("MemAvailable", "SwapFree"))
    said = "%d MiB of memory and swap are available" % (left // 1024)
    return left >= MEMORY, said if left >= MEMORY else "only " + said


def _power(folder: str = "/sys/class/power_supply") -> Verdict:
    supplies = os.listdir(folder) if os.path.isdir(folder) else []
    online = [_text(os.path.join(folder, name, "online")) for name in supplies]
    known = [one for one in online if one]
    if known and "1" not in known:
        return False, "the host runs on its battery"
    return True, "the host is not on its battery"


def _text(path: str) -> str:
    try:
        with open(path) as file:
            return file.read().strip()
    except OSError:
        return ""


def _units(failed: list[str]) -> Verdict:
    if failed:
        return False, "units have failed already: %s" % ", ".join(failed)
    return True, "no unit has failed"
