"""Units of systemd: their state, whether they start at boot, masks; only what is not so already is done."""

from __future__ import annotations

import glob
import os

from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.request import Completed, Request

_RUNNING = ("active", "activating", "reloading", "refreshing")
# What `systemctl is-enabled` calls enabled, for units that `enable` and `disable` do nothing about as well
_ENABLED = ("enabled", "static", "generated", "transient")
_FIXED = ("static", "generated", "transient")
_VERBS = {"started": "start", "stopped": "stop", "restarted": "restart", "reloaded": "reload"}


def run(
    request: Request,
    name: str | None = None,
    state: str | None = None,
    enabled: bool | None = None,
    masked: bool | None = None,
    daemon_reload: bool = False,
    daemon_reexec: bool = False,
    scope: str = "system",
    no_block: bool = False,
    force: bool = False,
) -> dict[str, Any]:
    """Bring a unit to the wanted state; `status` in the result is what it was before."""
    systemctl = Systemctl(request, scope, no_block, force)
    if not request.check:
        if daemon_reexec:
            systemctl("daemon-reexec").check("systemctl daemon-reexec")
        if daemon_reload:
            systemctl("daemon-reload").check("systemctl daemon-reload")
    result: dict[str, Any] = {"name": name, "changed": False, "status": {}}
    if name is None:
        return result
    unit = Unit(systemctl, name)
    result["status"] = unit.status
    if not unit.found and masked is None:
        return unit.missing(result)
    if masked is not None:
        result["changed"] |= unit.mask(masked)
    if enabled is not None:
        result["enabled"] = enabled
        result["changed"] |= unit.enable(enabled)
    if state is not None:
        result["state"] = "stopped" if state == "stopped" else "started"
        result["changed"] |= unit.bring(state)
    return result


class Systemctl:
    """Runs systemctl for one manager: the system's, or the user's own."""

    def __init__(self, request: Request, scope: str, no_block: bool, force: bool) -> None:
        self.request = request
        self.scope = scope
        self.options = [] if scope == "system" else ["--" + scope]
        self.options += ["--no-block"] if no_block else []
        self.options += ["--force"] if force else []
        self.env: dict[str, str] = {}
        if scope == "user":
            self.env["XDG_RUNTIME_DIR"] = os.environ.get("XDG_RUNTIME_DIR") or "/run/user/%d" % os.geteuid()

    def __call__(self, *args: str) -> Completed:
        return self.request.command(["systemctl", *self.options, *args], env=self.env)


class Unit:
    """One unit, as it was found, and what can be done to it."""

    def __init__(self, systemctl: Systemctl, name: str) -> None:
        self.systemctl = systemctl
        self.name = name
        self.status = {} if systemctl.scope == "global" else self._show()
        script = "/etc/init.d/" + name.partition(".service")[0]
        self.script = script if systemctl.scope == "system" and os.path.exists(script) else None

    def _show(self) -> dict[str, str]:
        done = self.systemctl("show", self.name)
        if done.rc == 0:
            return parse(done.stdout)
        if "been booted with systemd" in done.stderr or "chroot" in done.stderr:
            return {}  # its files can still be enabled and masked
        done.check("systemctl show %s" % self.name)
        return {}

    @property
    def found(self) -> bool:
        if not self.status:
            return self._file_state() != "not-found"
        return self.status.get("LoadState") != "not-found" or self.script is not None

    def _file_state(self) -> str:
        """Return `enabled`, `static`, `masked` and so on; `not-found` where there is no such unit."""
        if self.status:
            return self.status.get("UnitFileState", "")
        done = self.systemctl("is-enabled", self.name)
        missing = done.rc != 0 and not done.stdout.strip()
        return "not-found" if missing else done.stdout.strip()

    def missing(self, result: dict[str, Any]) -> dict[str, Any]:
        """Fail for a unit that does not exist; in check mode an earlier task may be about to install it."""
        if not self.systemctl.request.check:
            raise Fail("could not find the requested service %s" % self.name, name=self.name)
        message = "service %s was not found; a task that check mode left out may bring it" % self.name
        return dict(result, changed=True, warnings=[message])

    def mask(self, wanted: bool) -> bool:
        """Mask or unmask; return whether that is a change."""
        masked = self.status.get("LoadState") == "masked" or self._file_state().startswith("masked")
        if masked == wanted:
            return False
        return self._do("mask" if wanted else "unmask")

    def enable(self, wanted: bool) -> bool:
        """Enable or disable; return whether that is a change."""
        state = self._file_state()
        if self.script and state in ("", "generated"):
            enabled = bool(glob.glob("/etc/rc[2-5].d/S??" + os.path.basename(self.script)))
        elif state in _FIXED:
            return False
        else:
            enabled = state in _ENABLED
        if enabled == wanted:
            return False
        return self._do("enable" if wanted else "disable")

    def bring(self, state: str) -> bool:
        """Start, stop, restart or reload; return whether that is a change."""
        active = self.status.get("ActiveState", "")
        running = active in _RUNNING
        if state == "started" and running:
            return False
        if state == "stopped" and not running and active != "deactivating":
            return False
        verb = "start" if state == "reloaded" and not running else _VERBS[state]
        return self._do(verb)

    def _do(self, verb: str) -> bool:
        request = self.systemctl.request
        if request.check:
            return True
        done = self.systemctl(verb, self.name)
        if done.rc != 0:
            detail = done.stderr.strip() or done.stdout.strip()
            raise Fail(
                "unable to %s service %s: %s" % (verb, self.name, detail),
                name=self.name,
                rc=done.rc,
                status=self.status,
                journal=self._journal() if verb in _VERBS.values() else "",
            )
        return True

    def _journal(self) -> str:
        """Return the unit's last lines in the journal: they say why it did not start."""
        if self.systemctl.scope != "system":
            return ""
        argv = ["journalctl", "--unit", self.name, "--lines", "10", "--no-pager", "--output", "cat"]
        try:
            return self.systemctl.request.command(argv, timeout=10).stdout.strip()
        except Fail:  # no journal here
            return ""


def parse(text: str) -> dict[str, str]:
    """Return the properties that `systemctl show` prints; a value in braces may go over several lines."""
    found: dict[str, str] = {}
    key, value = "", ""
    for line in text.splitlines():
        if not key:
            key, sign, value = line.partition("=")
            if not sign:
                key = ""
                continue
        else:
            value += "\n" + line
        opened = key.startswith("Exec") and value.lstrip().startswith("{")
        if opened and not value.rstrip().endswith("}"):
            continue
        found[key] = value.strip()
        key = ""
    return found
