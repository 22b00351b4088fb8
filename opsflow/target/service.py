"""Services, whatever manages them: systemd where it runs, else init scripts."""

from __future__ import annotations

import glob
import os
import re
import time

from opsflow.target import systemd
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.request import Request


def run(
    request: Request,
    name: str,
    state: str | None = None,
    enabled: bool | None = None,
    use: str = "auto",
    pattern: str | None = None,
    sleep: float | None = None,
    arguments: str = "",
) -> dict[str, Any]:
    """Bring a service to the wanted state."""
    managed = os.path.isdir("/run/systemd/system") if use == "auto" else use == "systemd"
    if managed:
        return systemd.run(request, name, state, enabled)
    return Script(request, name, pattern, arguments).run(state, enabled, sleep)


class Script:
    """A service of sysvinit: its script in /etc/init.d."""

    def __init__(self, request: Request, name: str, pattern: str | None, arguments: str) -> None:
        self.request = request
        self.name = name
        self.pattern = pattern
        self.arguments = arguments.split()

    def run(self, state: str | None, enabled: bool | None, sleep: float | None) -> dict[str, Any]:
        """Enable or disable first, then start, stop, restart or reload, where it is not so already."""
        result: dict[str, Any] = {"name": self.name, "changed": False}
        if not os.path.exists(os.path.join("/etc/init.d", self.name)):
            if not self.request.check:
                raise Fail("could not find the requested service %s" % self.name, name=self.name)
            return dict(result, changed=True, warnings=["service %s was not found" % self.name])
        if enabled is not None:
            result["enabled"] = enabled
            result["changed"] |= self._enable(enabled)
        if state is not None:
            result["state"] = "stopped" if state == "stopped" else "started"
            result["changed"] |= self._bring(state, sleep)
        return result

    def _enable(self, wanted: bool) -> bool:
        if bool(glob.glob("/etc/rc[2-5].d/S??" + self.name)) == wanted:
            return False
        if not self.request.check:
            if not glob.glob("/etc/rc?.d/[SK]??" + self.name):
                self.request.command(["update-rc.d", self.name, "defaults"]).check("update-rc.d")
            verb = "enable" if wanted else "disable"
            self.request.command(["update-rc.d", self.name, verb]).check("update-rc.d")
        return True

    def _bring(self, state: str, sleep: float | None) -> bool:
        running = self.running()
        if (state == "started" and running) or (state == "stopped" and not running):
            return False
        if self.request.check:
            return True
        if state == "restarted" and sleep:
            self._call("stop")
            time.sleep(sleep)
            self._call("start")
        elif state == "reloaded" and running:
            self._call("reload")
        else:
            self._call({"stopped": "stop", "restarted": "restart"}.get(state, "start"))
        return True

    def _call(self, verb: str) -> None:
        argv = ["service", self.name, verb, *self.arguments]
        self.request.command(argv).check("service %s %s" % (self.name, verb))

    def running(self) -> bool:
        if self.pattern:
            return _process_matches(self.pattern)
        done = self.request.command(["service", self.name, "status"])
        text = (done.stdout + done.stderr).lower()
        if done.rc == 3 or re.search(r"not running|stopped|inactive|dead", text):
            return False
        return done.rc == 0


def _process_matches(pattern: str) -> bool:
    """Tell whether a process's command line holds the text, ours aside."""
    for path in glob.glob("/proc/[0-9]*/cmdline"):
        if path == "/proc/%d/cmdline" % os.getpid():
            continue
        try:
            with open(path, "rb") as file:
                words = file.read().replace(b"\0", b" ").decode("utf-8", "replace")
        except OSError:
            continue
        if pattern in words:
            return True
    return False
