"""Ansible's `sysvinit`: services by their init scripts."""

from __future__ import annotations

import glob
import os
import time

from opsflow.target import service
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from opsflow.target.request import Completed, Request

    Status = dict[str, Any]

_VERBS = {"started": ["start"], "stopped": ["stop"], "reloaded": ["reload"], "restarted": ["stop", "start"]}


def run(
    request: Request,
    name: str,
    state: str | None = None,
    enabled: bool | None = None,
    sleep: int = 1,
    pattern: str | None = None,
    arguments: str | None = None,
    runlevels: Sequence[str] = (),
) -> dict[str, Any]:
    """Enable or disable a service, then bring it to a state."""
    script = os.path.join("/etc/init.d", name)
    if not os.path.exists(script):
        raise Fail("Could not find the requested service %s: there is no %s" % (name, script), name=name)
    status: dict[str, Status] = {"enabled": _unchanged()}
    if runlevels:
        status["enabled"]["runlevels"] = runlevels
    if enabled is not None:
        status["enabled"].update(_enable(request, name, enabled, runlevels))
    if state is not None:
        status[state] = _unchanged()
        running = service.Script(request, name, pattern, "").running()
        if state in ("restarted", "reloaded") or running != (state == "started"):
            argv = [script, *(arguments or "").split()]
            status[state].update(_bring(request, name, argv, _VERBS[state], sleep))
    changed = any(one["changed"] for one in status.values())
    return {"name": name, "changed": changed, "status": status}


def _unchanged() -> Status:
    return {"changed": False, "rc": None, "stdout": None, "stderr": None}


def _told(done: Completed) -> Status:
    return {"changed": True, "rc": done.rc, "stdout": done.stdout, "stderr": done.stderr}


def _is_enabled(name: str, level: str) -> bool:
    return bool(glob.glob("/etc/rc%s.d/S??%s" % (level, glob.escape(name))))


def _enable(request: Request, name: str, enabled: bool, levels: Sequence[str]) -> Status:
    if all(_is_enabled(name, level) == enabled for level in levels or ["?"]):
        return {}
    if request.check:
        return {"changed": True}
    if not levels and enabled and not glob.glob("/etc/rc?.d/[SK]??" + glob.escape(name)):
        return _told(request.command(["update-rc.d", name, "defaults"]).check("update-rc.d"))
    argv = ["update-rc.d", name, "enable" if enabled else "disable", *levels]
    done = request.command(argv)
    if "illegal runlevel specified" in done.stderr:
        raise Fail("Illegal runlevel specified for enable operation on service %s" % name, **_told(done))
    return _told(done.check("update-rc.d"))


def _bring(request: Request, name: str, argv: list[str], verbs: Sequence[str], sleep: int) -> Status:
    if request.check:
        return {"changed": True}
    status: Status = {}
    for number, verb in enumerate(verbs):
        if number and sleep:
            _pause(request, sleep)
        done = request.command([argv[0], verb, *argv[1:]])
        status = _told(done)
        if done.rc != 0:
            raise Fail("Failed to %s service: %s" % (verb, name), **status)
    return status


def _pause(request: Request, seconds: int) -> None:
    until = time.time() + seconds
    while time.time() < until:
        request.raise_if_cancelled()
        time.sleep(min(0.1, max(0.0, until - time.time())))
