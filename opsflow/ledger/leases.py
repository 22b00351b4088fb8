"""The table of leases: who has which host until when, and what a transaction does about it.

A lease belongs to a process, by its token. It is over when its owner is: at once where the owner's process
is gone on this machine, else when it was not renewed in time. A lease that was taken away stays in the table
for a day, so that its owner, who may only have been frozen, learns of it. A person's lock is a row as well.
"""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

from opsflow.core.jsonable import iso_time
from opsflow.core.leases import Holder

from .header import started
from .store import Execute, Row, Store

LockKind = Literal["shared", "exclusive", "lock"]
LOCK = "lock"
"""The kind of a person's lock, and its token: a host has one at most."""
REMEMBERED = 86_400.0
"""Seconds for which a lease that was taken away is remembered."""
_AT_ONCE = 200
"""How many hosts a statement names at most."""


class Clocks(NamedTuple):
    """Seconds since the epoch, and seconds that nobody sets and that also count while the machine sleeps."""

    wall: Callable[[], float] = time.time
    steady: Callable[[], float] = lambda: time.clock_gettime(_STEADY)


_STEADY = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class Lease(NamedTuple):
    """A row. `host` is the address that is connected to, `name` what the run calls it.

    `machine` is where its owner's process id and steady clock count, `beat` when it was renewed by that
    clock and `until` when it ends by the ledger's, unless renewed; `lasts` is how many seconds a renewal
    is good for. `lost_to` says who took it away.
    """

    host: str
    token: str
    name: str
    kind: str
    run_id: str
    who: str
    node: str
    machine: str
    pid: int
    pid_started: int
    since: float
    beat: float
    lasts: float
    until: float | None
    reason: str | None = None
    lost_to: str | None = None

    @property
    def holder(self) -> Holder:
        """Who it belongs to, as people are told."""
        return Holder(self.who, self.node, self.run_id, self.since, self.until, self.reason or "")

    def state(self, moment: Moment) -> str:
        """Return `held`, or why it counts no more: `taken away`, `dead` (its process), `expired`."""
        if self.lost_to:
            return "taken away"
        if self.kind == LOCK:
            return "expired" if self.until is not None and self.until <= moment.now else "held"
        if self.machine != moment.machine:
            return "expired" if self.until is not None and self.until <= moment.now else "held"
        if not _is_there(self.pid, self.pid_started):
            return "dead"
        return "expired" if moment.steady - self.beat >= self.lasts else "held"

    def hinders(self, kind: str) -> bool:
        """Tell whether it keeps another run off; `kind` is what that wants."""
        return self.kind == LOCK or "exclusive" in (self.kind, kind)

    def data(self, state: str) -> dict[str, Any]:
        """Return it as JSON knows it, with its state."""
        kept = ("host", "name", "kind", "run_id", "who", "node", "pid", "reason")
        times = {name: getattr(self, name) for name in ("since", "until")}
        return {
            **{name: getattr(self, name) for name in kept},
            **{name: iso_time(at) if at else None for name, at in times.items()},
            "state": state,
        }


class Moment(NamedTuple):
    """When and where a lease is looked at: the ledger's clock, and this machine's own."""

    now: float
    steady: float
    machine: str


COLUMNS = Lease._fields
_SELECT = f"SELECT {', '.join(COLUMNS)} FROM leases"  # noqa: S608
_ROW = f"({', '.join('?' * len(COLUMNS))})"


def moment(store: Store, execute: Execute, clocks: Clocks) -> Moment:
    """Return the present, as all who use a ledger understand it."""
    return Moment(store.now(execute, clocks.wall), clocks.steady(), machine())


def machine() -> str:
    """Return what tells apart where process ids count: a boot of a machine, and the namespace in it."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot} {os.stat('/proc/self/ns/pid').st_ino}"
    except OSError:
        return platform.node()


def _is_there(pid: int, pid_started: int) -> bool:
    if (found := started(pid)) != 0:
        return found == pid_started
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # another user's, and /proc hides those
        return True
    return pid_started == 0


def read(rows: Iterable[Row]) -> list[Lease]:
    """Return rows as what they mean."""
    return [Lease(*row) for row in rows]


def of_hosts(execute: Execute, hosts: Sequence[str]) -> dict[str, list[Lease]]:
    """Return the leases of hosts, those that count no more among them."""
    found: dict[str, list[Lease]] = {host: [] for host in hosts}
    for number in range(0, len(hosts), _AT_ONCE):
        part = hosts[number : number + _AT_ONCE]
        for lease in read(execute(f"{_SELECT} WHERE host IN ({', '.join('?' * len(part))})", part)):
            found[lease.host].append(lease)
    return found


def every(store: Store) -> list[Lease]:
    """Return all rows, by host."""
    return read(store.rows(f"{_SELECT} ORDER BY host, since"))


def renew(execute: Execute, token: str, present: Moment, lasts: float) -> dict[str, str | None]:
    """Renew all leases of a process; return its hosts, each with who took it away, if one did."""
    execute(
        "UPDATE leases SET beat = ?, until = ? WHERE token = ? AND lost_to IS NULL",
        (present.steady, present.now + lasts, token),
    )
    return {
        str(host): to for host, to in execute("SELECT host, lost_to FROM leases WHERE token = ?", (token,))
    }


class Taken(NamedTuple):
    """What came of taking leases: who is in the way, and whom hosts were taken away from (tokens)."""

    busy: Mapping[str, Holder]
    over: Mapping[str, list[str]]


def take(execute: Execute, wanted: Sequence[Lease], present: Moment) -> Taken:
    """Take leases, all of one process, where nobody is in the way; a person's lock also counts by name."""
    busy: dict[str, Holder] = {}
    over: dict[str, list[str]] = {}
    free: list[Lease] = []
    there = of_hosts(execute, list({name for lease in wanted for name in (lease.host, lease.name)}))
    for lease in wanted:
        named = [one for one in there[lease.name] if one.kind == LOCK and lease.name != lease.host]
        others = [*named, *(one for one in there[lease.host] if one.token != lease.token)]
        held = [one for one in others if one.state(present) == "held" and one.hinders(lease.kind)]
        if held:
            busy[lease.host] = min(held, key=lambda one: one.kind != LOCK).holder
            continue
        gone = [one for one in others if one.state(present) != "held"]
        over[lease.host] = [one.token for one in gone if one.token != LOCK]
        for one in gone:
            if one.lost_to is None:
                lose(execute, one, lease.holder.owner)
        free.append(lease)
    put(execute, free)
    if over:
        execute("DELETE FROM leases WHERE lost_to IS NOT NULL AND until < ?", (present.now - REMEMBERED,))
    return Taken(busy, over)


def put(execute: Execute, leases: Sequence[Lease]) -> None:
    """Write rows, over those of the same host and owner."""
    for number in range(0, len(leases), _AT_ONCE):
        part = leases[number : number + _AT_ONCE]
        rows = ", ".join(_ROW for _ in part)
        values = [value for lease in part for value in lease]
        changed = ", ".join(f"{name} = excluded.{name}" for name in COLUMNS[2:])
        execute(
            f"INSERT INTO leases ({', '.join(COLUMNS)}) VALUES {rows} "  # noqa: S608
            f"ON CONFLICT (host, token) DO UPDATE SET {changed}",
            values,
        )


def lose(execute: Execute, lease: Lease, to: str) -> None:
    """Take a lease away, so that its owner learns of it; an expired lock of a person is just removed."""
    which = (lease.host, lease.token)
    if lease.token == LOCK:
        execute("DELETE FROM leases WHERE host = ? AND token = ?", which)
    else:
        execute("UPDATE leases SET lost_to = ? WHERE host = ? AND token = ?", (to, *which))


def release(execute: Execute, token: str) -> None:
    """Give back all leases of a process."""
    execute("DELETE FROM leases WHERE token = ?", (token,))
