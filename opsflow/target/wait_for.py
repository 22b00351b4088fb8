"""Waits for a port, a file, a text or the end of connections."""

from __future__ import annotations

import os
import re
import socket
import time

from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from re import Match
    from typing import Any

    from opsflow.target.request import Request

_STATES = {
    "01": "ESTABLISHED",
    "02": "SYN_SENT",
    "03": "SYN_RECV",
    "04": "FIN_WAIT1",
    "05": "FIN_WAIT2",
    "06": "TIME_WAIT",
    "07": "CLOSE",
    "08": "CLOSE_WAIT",
    "09": "LAST_ACK",
    "0A": "LISTEN",
    "0B": "CLOSING",
}
_SLICE = 0.25  # seconds after which a sleep looks whether it is still wanted
_REPORT = 5.0  # seconds between two reports


def run(
    request: Request,
    host: str = "127.0.0.1",
    port: int | None = None,
    path: str | None = None,
    search_regex: str | None = None,
    state: str = "started",
    delay: float = 0,
    timeout: float = 300,
    sleep: float = 1,
    connect_timeout: float = 5,
    msg: str | None = None,
    active_connection_states: list[str] | None = None,
    exclude_hosts: list[str] | None = None,
) -> dict[str, Any]:
    """Return when what is waited for is so; Fail after `timeout` seconds."""
    wait = Wait(request, time.time(), timeout, sleep, _what(host, port, path, search_regex, state))
    result: dict[str, Any] = {"changed": False, "state": state, "port": port, "path": path}
    result.update(search_regex=search_regex, match_groups=[], match_groupdict={})
    pattern = re.compile(search_regex.encode("utf-8"), re.MULTILINE) if search_regex else None
    wait.pause(delay)
    match = None
    if state in ("stopped", "absent"):
        if pattern and path is not None:
            wait.until(lambda: not _search(pattern, host, port, path, connect_timeout), msg)
        else:
            wait.until(lambda: not _there(host, port, path, connect_timeout), msg)
    elif state == "drained":
        states, ignored = set(active_connection_states or ()), _addresses(exclude_hosts or [])
        assert port is not None, "the control node asks for a port"
        wait.until(lambda: not _connections(_addresses([host]), port, states, ignored), msg)
    elif port is None and path is None:
        wait.pause(timeout)
    elif pattern:
        match = wait.until(lambda: _search(pattern, host, port, path, connect_timeout), msg)
    else:
        wait.until(lambda: _there(host, port, path, connect_timeout), msg)
    if match:
        result["match_groups"] = [_text(group) for group in match.groups()]
        result["match_groupdict"] = {name: _text(group) for name, group in match.groupdict().items()}
    result["elapsed"] = int(time.time() - wait.start)
    return result


class Wait:
    """Waiting with a deadline, reports of progress and an ear for cancellation."""

    def __init__(self, request: Request, start: float, timeout: float, sleep: float, what: str) -> None:
        self.request = request
        self.start = start
        self.timeout = timeout
        self.deadline = start + timeout
        self.sleep = sleep
        self.what = what
        self.reported = start

    def until(self, check: Callable[[], Any], msg: str | None) -> Any:
        """Return the first true value that `check` gives; it is asked once at least."""
        while True:
            found = check()
            if found:
                return found
            now = time.time()
            if now >= self.deadline:
                message = "timed out after %g seconds of waiting for %s" % (self.timeout, self.what)
                raise Fail(msg or message, elapsed=int(now - self.start))
            self.pause(min(self.sleep, self.deadline - now))

    def pause(self, seconds: float) -> None:
        """Sleep, report now and then, and stop when the task is cancelled."""
        end = time.time() + seconds
        while True:
            self.request.raise_if_cancelled()
            now = time.time()
            if now >= end:
                return
            if now - self.reported >= _REPORT:
                self.reported = now
                waited = now - self.start
                message = "waiting for %s (%d of %g s)" % (self.what, waited, self.timeout)
                self.request.event("progress", message=message, percent=100 * waited / max(self.timeout, 1))
            time.sleep(min(_SLICE, end - now))


def _what(host: str, port: int | None, path: str | None, search_regex: str | None, state: str) -> str:
    subject = path or ("%s:%d" % (host, port) if port is not None else "the end of the time")
    if search_regex:
        return "'%s' in %s" % (search_regex, subject)
    return "%s to be %s" % (subject, state)


def _there(host: str, port: int | None, path: str | None, timeout: float) -> bool:
    """Tell whether the file exists, or the port takes connections."""
    if path is not None:
        return os.path.exists(path)
    assert port is not None, "the control node asks for a port or a path"
    try:
        socket.create_connection((host, port), timeout).close()
    except OSError:
        return False
    return True


def _search(
    pattern: re.Pattern[bytes], host: str, port: int | None, path: str | None, timeout: float
) -> Match[bytes] | None:
    """Look for a pattern in a file, or in what a server says to who connects."""
    if path is not None:
        try:
            with open(path, "rb") as file:
                return pattern.search(file.read())
        except OSError:  # not there yet
            return None
    assert port is not None, "the control node asks for a port or a path"
    said = b""
    try:
        with socket.create_connection((host, port), timeout) as connection:
            while True:
                data = connection.recv(4096)
                said += data
                match = pattern.search(said)
                if match or not data:
                    return match
    except OSError:  # closed, or silent for longer than `timeout`
        return None


def _text(group: bytes | None) -> str | None:
    return group.decode("utf-8", "replace") if group is not None else None


def _addresses(hosts: list[str]) -> set[str]:
    """Return the addresses of hosts; a name that is not known is an error."""
    found: set[str] = set()
    for host in hosts:
        try:
            found.update(str(info[4][0]) for info in socket.getaddrinfo(host, None))
        except OSError as error:
            raise Fail("cannot look up '%s': %s" % (host, error.strerror)) from error
    return found


def _connections(local: set[str], port: int, states: set[str], ignored: set[str]) -> int:
    """Count the TCP connections to a port of ours, from /proc."""
    every = bool(local & {"0.0.0.0", "::"})  # noqa: S104
    count = 0
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            with open(table) as file:
                rows = file.read().splitlines()[1:]
        except OSError:  # no IPv6
            continue
        for row in rows:
            fields = row.split()
            address, ours = _endpoint(fields[1])
            peer = _endpoint(fields[2])[0]
            if ours == port and _STATES.get(fields[3]) in states and peer not in ignored:
                count += every or address in local
    return count


def _endpoint(field: str) -> tuple[str, int]:
    """Return address and port of a field of /proc/net/tcp; IPv4 within IPv6 as IPv4."""
    address, _, port = field.partition(":")
    raw = b"".join(bytes.fromhex(address[i : i + 8])[::-1] for i in range(0, len(address), 8))
    if len(raw) == 16 and raw[:12] == b"\0" * 10 + b"\xff\xff":
        raw = raw[12:]
    family = socket.AF_INET if len(raw) == 4 else socket.AF_INET6
    return socket.inet_ntop(family, raw), int(port, 16)
