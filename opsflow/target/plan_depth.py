"""A plan in depth: who releases what comes, which files are at risk, what is asked for afterwards."""

from __future__ import annotations

import os
import re

from opsflow.target import (
    apt_plan,
    apt_private,
    conffiles,
    deb_version,
    dpkg_status,
    host_state,
    plan_services,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from opsflow.target.apt_plan import Change, Simulation
    from opsflow.target.request import Request

OFFICIAL = re.compile(
    r"(Debian( Backports)?|Ubuntu(ESM(Apps)?|FIPS(Updates|Preview)?|Realtime(Kernel)?|CC)?)\Z"
)
NOTIFY = "/usr/share/update-notifier/notify-reboot-required"

_KERNEL = re.compile(r"linux-image-(?:unsigned-)?(\d.*)\Z")


def look(request: Request, simulation: Simulation, policy: str, purge: bool, state: bool) -> dict[str, Any]:
    """Mark what comes from third parties; return conffiles, services, reboot, reboot_packages, fingerprint.

    Args:
        simulation: what apt would do.
        policy: what becomes of changed configuration files, `keep` or `new`.
        purge: whether packages are removed with their configuration.
        state: add `state`, which the fingerprint is of.
    """
    status = dpkg_status.read()
    coming = simulation.upgrade + simulation.install
    mark_third_parties(coming, apt_private.lists(request))
    replaced, removed = _names(simulation.upgrade), _names(simulation.remove)
    asking = [change["name"] for change in coming if _asks_for_reboot(change)]
    found = host_state.read()
    depth = {
        "conffiles": conffiles.at_risk(status, replaced, removed if purge else [], policy),
        "services": plan_services.running(replaced + removed, status.native),
        "reboot": bool(asking),
        "reboot_packages": asking,
        "fingerprint": host_state.fingerprint(found),
    }
    return dict(depth, state=found) if state else depth


def mark_third_parties(changes: Sequence[Change], lists: str) -> None:
    """Set `third_party` where none who offers a version is the distribution itself.

    Whatever calls itself a name that others have too, and is not theirs, counts as a third party.

    Args:
        changes: as simulated, with their origins.
        lists: the directory with the Release files that apt fetched.
    """
    vendors = vendors_in(lists) if changes else {}
    for change in changes:
        origins = [part.strip() for part in change["origin"].split(",")]
        change["third_party"] = not any(is_official(vendors.get(origin)) for origin in origins)


def vendors_in(lists: str) -> dict[str, set[str]]:
    """Return who releases (`Origin`) by the origin as in simulations."""
    found: dict[str, set[str]] = {}
    for name in os.listdir(lists) if os.path.isdir(lists) else []:
        if name.endswith("Release"):  # and InRelease
            fields = head(os.path.join(lists, name))
            label, suite = fields.get("Label") or fields.get("Origin"), fields.get("Suite")
            origin = apt_plan.written(label, fields.get("Version"), suite or fields.get("Codename"))
            found.setdefault(origin, set()).add(fields.get("Origin", ""))
    return found


def head(path: str) -> dict[str, str]:
    """Return the fields of a Release file before its sums."""
    found: dict[str, str] = {}
    with open(path, encoding="utf-8", errors="replace") as file:
        for line in file:
            key, _, value = line.strip().partition(":")
            if key in ("MD5Sum", "SHA1", "SHA256", "SHA512"):
                break
            found[key] = value.strip()
    return found


def is_official(vendors: set[str] | None) -> bool:
    """Tell whether an origin is the distribution's own, whoever releases by that name."""
    return bool(vendors) and all(OFFICIAL.match(vendor) for vendor in vendors or ())


def _names(changes: Sequence[Change]) -> list[str]:
    return [change["name"] for change in changes]


def _asks_for_reboot(change: Change) -> bool:
    """Tell whether a change is known to ask for a reboot.

    A kernel does, when it is newer than the running one or replaces it; another package, when the script
    that the installed version runs after its configuration asks for one. What the script of the new version
    does is known only when it has been fetched.
    """
    kernel = _KERNEL.match(change["name"].partition(":")[0])
    return (
        _is_next_kernel(kernel.group(1)) if kernel else bool(change["old"]) and _script_asks(change["name"])
    )


def _is_next_kernel(release: str, running: str = "", container: str = "/run/systemd/container") -> bool:
    if os.path.exists(container):
        return False  # it runs its host's kernel
    running = running or os.uname().release
    return release == running or (
        release.rpartition("-")[2] == running.rpartition("-")[2] and deb_version.compare(release, running) > 0
    )


def _script_asks(name: str, info: str = plan_services.INFO, notify: str = NOTIFY) -> bool:
    paths = [os.path.join(info, known + ".postinst") for known in (name, name.partition(":")[0])]
    text = ""
    for path in paths:
        if os.path.exists(path):
            with open(path, encoding="utf-8", errors="replace") as file:
                text = file.read()
            break
    asks = "reboot-required" in text.replace("notify-reboot-required", "")
    return asks or ("notify-reboot-required" in text and os.path.exists(notify))
