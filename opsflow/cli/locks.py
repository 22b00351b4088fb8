"""`opsflow locks`, `lock`, `unlock`: who has which host, and hosts that no run is to touch."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from . import options as o
from .flags import LedgerFlags, with_flags
from .ledger_view import Output, check_output, clock_text, echo, echo_json, reading, table

if TYPE_CHECKING:
    from opsflow.ledger.leases import Lease
    from opsflow.ledger.store import Store
    from opsflow.report.lines import Span
    from opsflow.source.config import Config

Hosts = Annotated[
    list[str],
    typer.Argument(metavar="HOST...", help="Names and patterns of the inventory; without one, addresses."),
]


@dataclass(frozen=True)
class LockFlags(LedgerFlags):
    """Options of commands that name hosts."""

    inventory: o.Inventory = None

    def given(self) -> dict[str, object]:
        """Return the settings that the command line gives; what is empty counts as not given."""
        return {**LedgerFlags.given(self), "inventory": self.inventory}


@with_flags(LedgerFlags)
def locks(flags: LedgerFlags, output: Output = "text") -> int:
    """Show who has which host, since when, until when: runs, and people who have locked one.

    opsflow locks
    """
    from opsflow.ledger.locks import listed

    check_output(output, "text", "json")
    with reading(flags) as store:
        found = listed(store)
    if output == "json":
        echo_json([lease.data(state) for lease, state in found])
    elif found:
        echo(table(["HOST", "", "BY", "SINCE", "UNTIL", "WHY"], [_row(*one) for one in found]))
    else:
        echo([(("no host is locked", ""),)])
    return 0


@with_flags(LockFlags)
def lock(
    flags: LockFlags,
    hosts: Hosts,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; others are told.")],
    for_: Annotated[
        str | None, typer.Option("--for", metavar="TIME", help="How long, such as 2h; else until unlocked.")
    ] = None,
) -> int:
    """Keep all runs off hosts, until they are unlocked or the time is over.

    opsflow lock db1 db2 --reason "disks are being replaced" --for 4h
    """
    from opsflow.ledger import locks as table_of
    from opsflow.ledger.audit import seconds
    from opsflow.ledger.header import Place

    lasts = seconds(for_) if for_ else None
    settings = flags.settings()
    chosen = _addresses(settings, hosts, {})
    with _writing(settings) as store:
        for one in table_of.lock(store, chosen, Place.here(), _plain(reason), lasts):
            typer.echo(f"{one.name} is locked" + (f" ({one.host})" if one.host != one.name else ""))
            if one.busy:
                typer.echo(f"  {one.busy}, and keeps it until its end", err=True)
    return 0


@with_flags(LockFlags)
def unlock(
    flags: LockFlags,
    hosts: Hosts,
    force: Annotated[
        bool, typer.Option("--force", help="Also what others have locked, and what runs have, dead or alive.")
    ] = False,
) -> int:
    """Take your locks off hosts; with --force also those of others and the leases of runs.

    opsflow unlock db1 db2
    """
    from opsflow.ledger import leases
    from opsflow.ledger import locks as table_of
    from opsflow.ledger.header import Place

    settings = flags.settings()
    with _writing(settings) as store:
        known = {name: lease.host for lease in leases.every(store) for name in (lease.name, lease.host)}
        chosen = _addresses(settings, hosts, known)
        for one in table_of.unlock(store, chosen, Place.here(), force=force):
            typer.echo(f"{chosen[one.host]} is free again ({one.holder})")
    return 0


def _row(lease: Lease, state: str) -> list[Span]:
    from opsflow.ledger.leases import LOCK

    called = f" ({lease.name})" if lease.name != lease.host else ""
    whose = f"{lease.who}@{lease.node}"
    until = "" if lease.until is None else clock_text(lease.until)
    why = lease.reason if lease.kind == LOCK else f"run {lease.run_id}"
    return [
        (lease.host + called, "bold"),
        (lease.kind if state == "held" else f"{lease.kind}, {state}", "" if state == "held" else "dim"),
        (whose, ""),
        (clock_text(lease.since), ""),
        (until, "dim"),
        (why or "", ""),
    ]


@contextmanager
def _writing(settings: Config) -> Generator[Store]:
    """Open the ledger that counts here. Raises LedgerError."""
    from opsflow.ledger.place import LedgerError
    from opsflow.ledger.store import open_store

    if settings.ledger == "off":
        hint = "set `ledger: on` in opsflow.yml; without a ledger only the hosts' own locks count"
        raise LedgerError("the ledger is switched off: there is nowhere to keep locks", hint=hint)
    store = open_store(settings.state)
    try:
        yield store
    finally:
        store.close()


def _addresses(settings: Config, words: list[str], known: dict[str, str]) -> dict[str, str]:
    """Return what hosts are called, by the address that is connected to.

    Args:
        settings: where an inventory may be.
        words: names and patterns.
        known: addresses by names that count whether or not an inventory has them.

    Raises:
        UsageError: a word matches nothing in the inventory.
        InputError: the inventory has a mistake.
    """
    from opsflow.connection.identity import identity
    from opsflow.connection.settings import ConnectionSettings

    found = {known[word]: word for word in words if word in known}
    others = [word for word in words if word not in known]
    if settings.inventory and others:
        return {**found, **_of_inventory(settings, others)}
    return {**found, **{identity(ConnectionSettings(word, address=word)): word for word in others}}


def _of_inventory(settings: Config, words: list[str]) -> dict[str, str]:
    from opsflow.api import prepare_task
    from opsflow.connection.identity import identity
    from opsflow.connection.settings import settings_from
    from opsflow.core.errors import UsageError
    from opsflow.engine.options import RunOptions
    from opsflow.inventory.patterns import select, unmatched

    run = prepare_task("all", "ping", "", settings.inventory, RunOptions())
    if left := unmatched(run.inventory, words):
        hint = run.meant(left[0]) or "`opsflow inventory graph` shows what there is"
        raise UsageError(f"no host or group matches '{left[0]}'", hint=hint)
    variables = run.variables(run.playbooks[0])
    found: dict[str, str] = {}
    for host in select(run.inventory, words):
        scope = variables.scope(variables.state(host.name)).decided()
        found[identity(settings_from(host.name, scope, run.options.connection))] = host.name
    return found


def _plain(text: str) -> str:
    """Return a text as databases take it."""
    return text.replace("\0", "").encode(errors="replace").decode()
