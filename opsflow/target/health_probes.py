"""One look at whether something works: a command, an HTTP server, a port, a systemd unit, a file."""

from __future__ import annotations

import os
import re
import socket
import time

from opsflow.target import http, units
from opsflow.target.paths import expand
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from opsflow.target.request import Request

    Probe = Callable[[float], tuple[bool, str]]  # from seconds it may take to: is it good, and in words

BODY_LIMIT = 4 * 1024 * 1024  # bytes of an answer or a file that are looked at
_NOISE = re.compile(r"^<urlopen error |>$|\[Errno -?\d+\] |\[SSL[^\]]*\] | \(_ssl\.c:\d+\)")
_KINDS = ("command", "http", "tcp", "unit", "file")


def probe(request: Request, check: dict[str, Any]) -> Probe:
    """Return the function that makes a check once."""
    kind = next(kind for kind in _KINDS if kind in check)
    makers: dict[str, Any] = {"command": _command, "http": _Http, "tcp": _tcp, "unit": _Unit, "file": _file}
    made: Probe = makers[kind](request, check[kind])
    return made


def _command(request: Request, command: str) -> Probe:
    def look(timeout: float) -> tuple[bool, str]:
        try:
            done = request.command(command, shell=True, timeout=timeout, own_locale=True)  # noqa: S604
        except Fail:
            return False, "'%s' did not end within %g s" % (_short(command), round(timeout, 1))
        if done.rc == 0:
            return True, "'%s' succeeded" % _short(command)
        lines = (done.stderr.strip() or done.stdout.strip()).splitlines()
        why = ": " + _short(lines[-1], 200) if lines else ""
        how = "was ended by signal %d" % -done.rc if done.rc < 0 else "ended with %d" % done.rc
        return False, "'%s' %s%s" % (_short(command), how, why)

    return look


class _Http:
    """Asks an URL; redirects are followed unless one is what is wanted."""

    def __init__(self, request: Request, wanted: dict[str, Any]) -> None:
        self.url: str = wanted["url"]
        self.status: list[int] = wanted["status"]
        self.body = re.compile(wanted["body"].encode(), re.M) if wanted.get("body") else None
        redirected = any(300 <= status < 400 for status in self.status)
        self.client = http.Client(
            request,
            headers=wanted.get("headers"),
            validate_certs=wanted["validate_certs"],
            follow_redirects="none" if redirected else "safe",
            use_proxy=False,
            use_netrc=False,
            http_agent="opsflow-health",
        )

    def __call__(self, timeout: float) -> tuple[bool, str]:
        shown = http.without_password(self.url)
        self.client.timeout = timeout
        try:
            answer = self.client.open("GET", self.url)
            text = _beginning(answer, time.time() + timeout) if self.body else b""
        except http.Failed as failed:
            return False, "%s: %s" % (shown, _reason(str(failed)))
        said = "%s answered %d" % (shown, answer.status)
        if answer.status not in self.status:
            return False, "%s, wanted %s" % (said, " or ".join(map(str, self.status)))
        if self.body and not self.body.search(text):
            return False, "%s without '%s' in its body" % (said, self.body.pattern.decode())
        return True, said


def _reason(text: str) -> str:
    """Return why there is no answer without what only a programmer reads."""
    text = _NOISE.sub("", text.replace("Request failed: ", ""))
    return text[:1].lower() + text[1:] if text[1:2].islower() else text


def _beginning(answer: http.Answer, deadline: float) -> bytes:
    """Return the beginning of a body. Raises Failed for one that does not end in time."""
    found = b""
    for chunk in answer.chunks():
        found += chunk
        if len(found) > BODY_LIMIT:
            break
        if time.time() > deadline:
            raise http.Failed("its answer took too long")
    return found


def _tcp(request: Request, place: str) -> Probe:
    host, _, port = place.rpartition(":")

    def look(timeout: float) -> tuple[bool, str]:
        try:
            socket.create_connection((host.strip("[]"), int(port)), timeout).close()
        except socket.timeout:
            return False, "%s did not answer within %g s" % (place, round(timeout, 1))
        except OSError as error:
            return False, "%s: %s" % (place, error.strerror or error)
        return True, "%s takes connections" % place

    return look


class _Unit:
    """Looks whether a unit is active, and has not been restarted since the last look."""

    def __init__(self, request: Request, name: str) -> None:
        self.name = name
        self.restarts: int | None = None

    def __call__(self, timeout: float) -> tuple[bool, str]:
        if not units.in_charge():
            return False, "there is no systemd here to ask for %s" % self.name
        state = units.states([self.name]).get(self.name, {})
        if not state:
            return False, "systemd does not answer for %s" % self.name
        if state.get("LoadState") == "not-found":
            return False, "there is no unit %s" % self.name
        before, self.restarts = self.restarts, int(state.get("NRestarts") or 0)
        if state["ActiveState"] != "active":
            return False, "%s is %s" % (self.name, units.described(state))
        if before is not None and self.restarts > before:
            again = self.restarts - before
            return False, "%s was restarted %s while it was watched" % (
                self.name,
                "once" if again == 1 else "%d times" % again,
            )
        return True, "%s is active" % self.name


def _file(request: Request, wanted: dict[str, Any]) -> Probe:
    path = expand(request, wanted["path"])
    contains = re.compile(wanted["contains"].encode(), re.M) if wanted.get("contains") else None
    younger: float | None = wanted.get("younger_than")

    def look(timeout: float) -> tuple[bool, str]:
        try:
            age = time.time() - os.stat(path).st_mtime
        except OSError as error:
            return False, "%s: %s" % (path, error.strerror)
        if younger is not None and age > younger:
            return False, "%s is %d s old, wanted at most %g" % (path, age, younger)
        if contains is not None:
            with open(path, "rb") as file:
                if not contains.search(file.read(BODY_LIMIT)):
                    return False, "%s does not contain '%s'" % (path, contains.pattern.decode())
        return True, "%s is as wanted" % path

    return look


def _short(text: str, limit: int = 80) -> str:
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"
