"""Services that Monit watches, by the program monit."""

from __future__ import annotations

import re
import time

from opsflow.target.programs import need
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.request import Request

_KINDS = "Process|File|Fifo|Filesystem|Directory|Remote host|System|Program|Network"
_BUSY = ("missing", "initializing", "does_not_exist")  # what does not stay so
_TRIES = 6  # looks at a service that does not become what is wanted, half a second apart
_PAUSE = 0.5  # seconds

_COMMANDS = {
    "started": "start",
    "stopped": "stop",
    "restarted": "restart",
    "monitored": "monitor",
    "unmonitored": "unmonitor",
}


class Status:
    """What Monit says of a service. `pending`: it is about to change."""

    def __init__(self, word: str, pending: bool = False, pid: str = "") -> None:
        self.word = word
        self.pending = pending
        self.pid = pid

    def __str__(self) -> str:
        return self.word + (" (pending)" if self.pending else "")

    @property
    def busy(self) -> bool:
        return self.pending or self.word in _BUSY


def run(request: Request, name: str, state: str, timeout: int) -> dict[str, Any]:
    """Bring a service to a state."""
    monit = Monit(request, name, timeout)
    if state != "reloaded" and monit.is_known():
        if state == "present" or not monit.needs(state):
            return {"changed": False, "name": name, "state": state}
    elif state not in ("present", "reloaded"):
        raise Fail("Monit's configuration has no service '%s'" % name, name=name)
    if request.check:
        return {"changed": True}
    if state in _COMMANDS:
        monit.reach(state)
    else:
        monit.call("reload")
        if state == "present":
            monit.appear()
    return {"changed": True, "name": name, "state": state, "monit_version": monit.version}


class Monit:
    """Monit and one service of it."""

    def __init__(self, request: Request, name: str, timeout: int) -> None:
        self.request = request
        self.name = name
        self.program = need(request, "monit", "monit")
        found = re.search(r"(\d+)\.(\d+)[\d.]*", self.call("-V"))
        self.version = found.group(0) if found else ""
        plain = bool(found) and (int(found.group(1)), int(found.group(2))) > (5, 18)
        self.plain = ["-B"] if plain else []
        self.deadline = time.time() + timeout

    def call(self, *words: str) -> str:
        return self.request.command([self.program, *words]).check("monit " + words[0]).stdout

    def is_known(self) -> bool:
        pattern = r"(?<![\w-])%s(?![\w-])" % re.escape(self.name)
        return bool(re.search(pattern, self.call("summary", *self.plain)))

    def status(self, look: bool = False) -> Status:
        """Return what Monit says, after it has looked if that is wanted."""
        done = self.request.command([self.program, "validate" if look else "status", *self.plain, self.name])
        if not look:  # the exit code of validate tells of the services
            done.check("monit status")
        if not re.search("(?:%s) '%s'" % (_KINDS, re.escape(self.name)), done.stdout, re.IGNORECASE):
            return Status("missing")
        found = re.search(r"^\s*status\s*([\w\- ]+)", done.stdout, re.MULTILINE)
        if not found:
            raise Fail("monit did not tell the status of '%s'" % self.name, stdout=done.stdout)
        pid = re.search(r"^\s*pid\s+(\d+)", done.stdout, re.MULTILINE)
        return _status(found.group(1), pid.group(1) if pid else "")

    def needs(self, state: str) -> bool:
        """Tell whether something is to be done, once Monit has made up its mind."""
        found = self.status()
        while found.busy:
            self._wait("the service '%s' to settle" % self.name, found)
            found = self.status(look=True)
        if state in ("stopped", "unmonitored"):
            return found.word == "ok"
        return state == "restarted" or found.word != "ok"

    def reach(self, state: str) -> None:
        """Tell Monit what to do, and wait until it is done. Raises Fail."""
        before = self.status()
        self.call(_COMMANDS[state], self.name)
        settled = 0
        found = self.status()
        while not _is(found, state, before):
            settled += not found.busy
            if settled > _TRIES:
                raise self._failed("the service '%s' is not %s" % (self.name, state), found)
            self._wait("the service '%s' to be %s" % (self.name, state), found)
            found = self.status(look=settled % 2 == 0)

    def appear(self) -> None:
        while not self.is_known():
            self._wait("the service '%s' to be known" % self.name, None)

    def _wait(self, what: str, status: Status | None) -> None:
        if time.time() >= self.deadline:
            raise self._failed("waited too long for %s" % what, status)
        time.sleep(_PAUSE)
        self.request.raise_if_cancelled()

    def _failed(self, msg: str, status: Status | None) -> Fail:
        return Fail(msg, monit_version=self.version, process_status=str(status) if status else None)


def _status(text: str, pid: str) -> Status:
    """Return what a status means, such as `OK`, `Running`, `Not monitored - start pending`."""
    word, _, change = text.strip().lower().partition(" - ")
    if not change:
        known = {"running": "ok", "not monitored": "not_monitored", "execution failed": "execution_failed"}
        word = known.get(word, word.replace(" ", "_"))
        return Status(word if word in ("ok", "not_monitored", *_BUSY) else "execution_failed", pid=pid)
    act, _, rest = change.partition(" ")
    up = act in ("start", "initializing", "restart", "monitor")
    return Status("ok" if up else "not_monitored", rest == "pending", pid)


def _is(found: Status, state: str, before: Status) -> bool:
    if found.busy:
        return False
    if state in ("stopped", "unmonitored"):
        return found.word == "not_monitored"
    if state == "restarted" and before.pid and found.pid == before.pid:
        return False  # the old process: it has not happened yet
    return found.word != "not_monitored" if state == "monitored" else found.word == "ok"
