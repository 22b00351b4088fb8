"""Ansible's `dpkg_selections`: the selection of a package in dpkg's database."""

from __future__ import annotations

import time

from opsflow.target import apt_locks, dpkg_status
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.request import Request

_LOCK_TIMEOUT = 60.0  # seconds to wait for another package manager


def run(request: Request, name: str, selection: str) -> dict[str, Any]:
    """Set a package's selection unless it is so."""
    package = dpkg_status.read().find(name)
    if package is None:
        raise Fail("Failed to find package '%s' to perform selection '%s'." % (name, selection))
    before = package.want if package.want != "unknown" else "not present"
    changed = before != selection
    if changed and not request.check:
        apt_locks.wait(request, apt_locks.DPKG, time.time() + _LOCK_TIMEOUT, _LOCK_TIMEOUT)
        line = "%s %s\n" % (name, selection)
        request.command(["dpkg", "--set-selections"], stdin=line.encode()).check("dpkg --set-selections")
    return {"changed": changed, "before": before, "after": selection}
