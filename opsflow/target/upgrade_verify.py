"""Whether a host is well after an upgrade, or after one was undone."""

from __future__ import annotations

import os
import time

from opsflow.target import dpkg_status, health, os_info, service_restart, units

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.request import Request
    from opsflow.target.upgrade_record import Record

SHOWN = 5  # names in a sentence
PAUSE = 0.2


def look(
    request: Request, record: Record, wanted: dict[str, Any], undone: bool = False
) -> list[dict[str, Any]]:
    """Return {check, ok, message} for each thing that was looked at, once services are restarted.

    Args:
        record: of the upgrade, with what was expected and what had failed before.
        wanted: `health`, the arguments of `health.verify`; `settle`, seconds that units have to come up;
            `restart`, the arguments of `service_restart.run`; `units`, whether they are looked at.
        undone: the versions of before are expected.
    """
    checks = [_packages(record), _undone(record) if undone else _versions(record)]
    if wanted.get("restart") and all(check["ok"] for check in checks):
        checks.append(_services(request, wanted["restart"]))
    if wanted.get("units", True):
        if undone:
            service_restart.revive(request, _failed_since(record))
        checks.append(_units(request, record, wanted.get("settle", 10.0)))
    if wanted.get("health") and all(check["ok"] for check in checks):
        checks += [
            {"check": one["name"], "ok": one["ok"], "message": one["message"]}
            for one in health.verify(request, **wanted["health"])
        ]
    return checks


def complaints(checks: list[dict[str, Any]]) -> str:
    """Return what is wrong, in words; nothing when all is well."""
    return "; ".join(check["message"] for check in checks if not check["ok"])


def look_at_kernel(expected: str) -> list[dict[str, Any]]:
    """Return a check of the kernel that runs, where one is expected."""
    if not expected:
        return []
    running = os.uname().release
    ok = running == expected
    told = "the kernel %s runs" % running if ok else "the kernel %s runs, not %s" % (running, expected)
    return [_check("kernel", ok, told)]


def look_at_release(codename: str) -> list[dict[str, Any]]:
    """Return a check of the release that the host says it is."""
    found = os_info.codename()
    ok = found == codename
    told = "the host is at %s" % found if ok else "the host says that it is %s, not %s" % (found, codename)
    return [_check("release", ok, told)]


def _packages(record: Record) -> dict[str, Any]:
    before = record.data["before"]["unfinished"]
    left = [name for name in dpkg_status.read().unfinished() if name not in before]
    return _check("dpkg", not left, "half done: %s" % _names(left) if left else "all packages are whole")


def _versions(record: Record) -> dict[str, Any]:
    now = dpkg_status.read().versions()
    wrong = [
        "%s is at %s, not %s" % (name, now.get(name) or "no version", version or "none")
        for name, version in sorted(record.data["expected"].items())
        if now.get(name) != version
    ]
    return _check("versions", not wrong, "; ".join(wrong[:SHOWN]) or "all versions are as planned")


def _undone(record: Record) -> dict[str, Any]:
    wrong = _different(record)
    return _check(
        "versions", not wrong, "not as before: %s" % _names(wrong) if wrong else "all versions are as before"
    )


def _different(record: Record) -> list[str]:
    """Return the packages that are not as they were; a kernel that runs is not removed."""
    now, before = dpkg_status.read().versions(), record.data["before"]["versions"]
    wrong = [label for label in touched(record) if now.get(label) != before.get(label)]
    return sorted(label for label in wrong if label in before or running_kernel() not in label)


def touched(record: Record) -> list[str]:
    """Return the packages that an upgrade was to change."""
    return sorted({*record.data["secured"], *record.data["added"]})


def running_kernel() -> str:
    """Return what the names of the packages of the kernel that runs end with."""
    return "-" + os.uname().release


def _services(request: Request, wanted: dict[str, Any]) -> dict[str, Any]:
    """Restart services that run replaced code; the check has the names: `restarted`, and `left` with why."""
    done = service_restart.run(request, **wanted)
    told = ["%s: %s" % (one["unit"], one["why"]) for one in done["failed"]]
    if told:
        message = "services did not survive their restart: %s" % "; ".join(told[:SHOWN])
    elif done["restarted"]:
        message = "restarted, as they ran replaced code: %s" % _names(done["restarted"])
    else:
        message = "no service was to be restarted"
    return dict(_check("services", not told, message), restarted=done["restarted"], left=done["left"])


def _units(request: Request, record: Record, settle: float) -> dict[str, Any]:
    """Look for units that have failed since; those that are still coming up have a while for it."""
    until = time.time() + settle
    while units.coming_up() and time.time() < until:
        request.raise_if_cancelled()
        time.sleep(PAUSE)
    failed = _failed_since(record)
    told = [name + units.last_words(request, name) for name in failed[:SHOWN]]
    message = "failed since: %s" % ", ".join(told + failed[SHOWN:]) if failed else "no unit has failed"
    return _check("units", not failed, message)


def _failed_since(record: Record) -> list[str]:
    return [name for name in units.failed() if name not in record.data["before"]["units"]]


def _names(names: list[str]) -> str:
    more = len(names) - SHOWN
    return ", ".join(names[:SHOWN]) + (" and %d more" % more if more > 0 else "")


def _check(name: str, ok: bool, message: str) -> dict[str, Any]:
    return {"check": name, "ok": ok, "message": message}
