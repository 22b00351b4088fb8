"""A host's upgrade to another release: the upgrade, the reboot that belongs to it, a last look."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from opsflow.core.drivers import Progress, SystemManager
from opsflow.core.errors import TaskError
from opsflow.core.upgrades import ReleaseRequest

from .update import RebootPolicy


async def upgrade(
    system: SystemManager,
    request: ReleaseRequest,
    reboot: RebootPolicy,
    reboot_timeout: float,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Upgrade a host to another release and return what was done, as the result of a task.

    Args:
        system: the host.
        request: which release, and how.
        reboot: a reboot belongs to it, unless this is `never`; `always` reboots any host.
        reboot_timeout: seconds within which the host must be back.
        progress: told how far the reboot is.

    Raises:
        TaskError: something failed; its data holds what had been done until then.
        Unreachable: the host was lost.
    """
    started = time.monotonic()
    done: dict[str, Any] = {"rebooted": False, "reboot": None}
    try:
        done.update(await system.release_upgrade(request))
        await _end(system, request, reboot, reboot_timeout, done, progress)
    except TaskError as error:
        error.data = {**done, **error.data}
        raise
    done["elapsed"] = round(time.monotonic() - started, 1)
    done["msg"] = sentence(done)
    return done


async def _end(
    system: SystemManager,
    request: ReleaseRequest,
    policy: RebootPolicy,
    timeout: float,
    done: dict[str, Any],
    progress: Progress | None,
) -> None:
    """Reboot where that is due, and look whether all is well where something was done."""
    kernel = ""
    if policy == "always" or (policy == "if_required" and done["reboot_pending"]):
        kernel = (await system.reboot_required()).kernel
        rebooted = await system.reboot(timeout=timeout, progress=progress)
        done.update(changed=True, rebooted=True, reboot=asdict(rebooted), reboot_pending=False)
    if done["transaction"]:
        done["checks"] = await system.verify_release(done["transaction"], request.safety, kernel=kernel)
        done["stage"] = ""


def sentence(done: dict[str, Any], *, check: bool = False) -> str:
    """Return what an upgrade did, or would do, in words."""
    if not done["transaction"] and done.get("reason"):
        told = str(done["reason"])
    else:
        verb = "would upgrade" if check else "upgraded"
        told = f"{verb} {done['from']['codename']} to {done['to']['codename']}"
        told += f": {_counted(done['packages'])}" if done["packages"] else ""
    told += f"; {len(done['disabled'])} sources turned off" if done["disabled"] else ""
    told += f"; {len(done['obsolete'])} packages obsolete" if done["obsolete"] else ""
    if done["rebooted"]:
        return f"{told}; rebooted, back after {done['reboot']['elapsed']:.0f} s"
    return f"{told}; a reboot is required" if done["reboot_pending"] else told


def _counted(changes: Sequence[Mapping[str, str | None]]) -> str:
    counts = {
        "upgraded": sum(1 for one in changes if one["old"] and one["new"]),
        "installed": sum(1 for one in changes if not one["old"]),
        "removed": sum(1 for one in changes if not one["new"]),
    }
    return ", ".join(f"{count} {verb}" for verb, count in counts.items() if count)
