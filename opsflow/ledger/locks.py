"""What people do about hosts: lock them, unlock them, look who has them. Each is a row of the audit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from opsflow.core.errors import OpsFlowError
from opsflow.core.leases import Holder

from . import leases
from .chain import Entry, append
from .header import Place
from .leases import LOCK, Clocks, Lease, Moment
from .store import Execute, Store


class NotYours(OpsFlowError):
    """Another has the host."""


@dataclass(frozen=True, slots=True)
class Locked:
    """A host that was locked, and the run that has it still."""

    host: str
    name: str
    busy: Holder | None


def listed(store: Store, clocks: Clocks | None = None) -> list[tuple[Lease, str]]:
    """Return who has which host, or had it until its process died, with the state of that."""
    present = leases.moment(store, _asking(store), clocks or Clocks())
    found = [(lease, lease.state(present)) for lease in leases.every(store)]
    return [one for one in found if one[1] not in (("expired",) if one[0].kind == LOCK else ("taken away",))]


def lock(
    store: Store,
    hosts: Mapping[str, str],
    place: Place,
    reason: str,
    seconds: float | None,
    clocks: Clocks | None = None,
) -> list[Locked]:
    """Lock hosts, or change the lock that one has put on them.

    Args:
        store: the ledger.
        hosts: what people call them, by the address that is connected to.
        place: who does it.
        reason: why.
        seconds: for how long; None for ever.
        clocks: what tells the time.

    Raises:
        NotYours: another person has locked one of them; then none is.
        LedgerError: the ledger can't be written.
    """
    with store.transaction() as execute:
        present = leases.moment(store, execute, clocks or Clocks())
        there = leases.of_hosts(execute, list(hosts))
        held = {host: [one for one in of if one.state(present) == "held"] for host, of in there.items()}
        for host, of in held.items():
            for one in of:
                if one.kind == LOCK and one.who != place.who:
                    hint = "ask them; `opsflow unlock --force` takes it away"
                    raise NotYours(f"{hosts[host]} is {one.holder}", hint=hint)
        until = None if seconds is None else present.now + seconds
        leases.put(
            execute, [_lock(host, name, place, reason, present, until) for host, name in hosts.items()]
        )
        append(execute, [_entry(present, place, "locked", name, reason) for name in hosts.values()])
    runs = {host: next((one.holder for one in of if one.kind != LOCK), None) for host, of in held.items()}
    return [Locked(host, name, runs[host]) for host, name in hosts.items()]


def unlock(
    store: Store, hosts: Mapping[str, str], place: Place, *, force: bool, clocks: Clocks | None = None
) -> list[Lease]:
    """Take locks off hosts, and with `force` those of others and the leases of runs; return what was freed.

    A run that loses a host does nothing there any more. Arguments as of `lock`.

    Raises:
        NotYours: without `force`, another has one of them; then nothing is freed.
        OpsFlowError: one of them is not held by anybody.
        LedgerError: the ledger can't be written.
    """
    with store.transaction() as execute:
        present = leases.moment(store, execute, clocks or Clocks())
        there = leases.of_hosts(execute, list(hosts))
        freed: list[Lease] = []
        for host, name in hosts.items():
            found = [one for one in there[host] if one.lost_to is None]
            freed += _freed(found, name, place, present, force=force)
        for one in freed:
            leases.lose(execute, one, f"{place.who} at {place.node}, who unlocked it")
        entries = [_entry(present, place, "unlocked", one.name, str(one.holder)) for one in freed]
        append(execute, entries)
    return freed


def _freed(found: Sequence[Lease], name: str, place: Place, present: Moment, *, force: bool) -> list[Lease]:
    """Return which of a host's leases are to go. Raises NotYours, OpsFlowError."""
    if force and found:
        return list(found)
    own = [one for one in found if one.kind == LOCK and one.who == place.who]
    others = [one for one in found if one not in own and one.state(present) == "held"]
    if own:
        return own
    if not others:
        raise OpsFlowError(f"nobody has locked {name}", hint="`opsflow locks` tells who has which host")
    raise NotYours(f"{name}: {others[0].holder}", hint="with --force it is taken away from them")


def _lock(host: str, name: str, place: Place, reason: str, present: Moment, until: float | None) -> Lease:
    return Lease(
        host=host,
        token=LOCK,
        name=name,
        kind=LOCK,
        run_id="",
        who=place.who,
        node=place.node,
        machine=present.machine,
        pid=place.pid,
        pid_started=place.pid_started,
        since=present.now,
        beat=present.steady,
        lasts=0.0,
        until=until,
        reason=reason,
    )


def _entry(present: Moment, place: Place, kind: str, name: str, told: str) -> Entry:
    who = f"{place.who} at {place.node}"
    return Entry(present.now, "", 0, who, kind, host=name, task="lock", what="lock", new=told)


def _asking(store: Store) -> Execute:
    """Return what runs a query outside of a transaction."""
    return lambda sql, parameters=(), /: list(store.rows(sql, parameters))
