"""`opsflow pause`, `abort`, `skip`: what is done with a run that goes on, from any terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from .flags import LedgerFlags, with_flags
from .ledger_view import Output, check_output, controlling, echo, echo_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsflow.ledger.control import What

Live = Annotated[
    str | None,
    typer.Argument(
        metavar="[RUN]",
        help="Its id, the beginning of it, or 'last'; by default the only run that goes on.",
        show_default=False,
    ),
]
Reason = Annotated[
    str | None, typer.Option("--reason", metavar="TEXT", help="Why; it is kept in the record and the audit.")
]


@with_flags(LedgerFlags)
def pause(flags: LedgerFlags, run: Live = None, reason: Reason = None, output: Output = "text") -> int:
    """Let no new task begin on any host of a run; what runs now ends.

    opsflow pause 4f2a91 --reason "the load balancer is ill"
    """
    return decide_and_tell(flags, run, "pause", reason=reason, output=output)


@with_flags(LedgerFlags)
def abort(
    flags: LedgerFlags,
    run: Live = None,
    now: Annotated[bool, typer.Option("--now", help="End what runs on the hosts, too.")] = False,
    reason: Reason = None,
    output: Output = "text",
) -> int:
    """End a run early: nothing new begins, no handler runs, what runs now ends; with --now it is broken off.

    opsflow abort 4f2a91 --reason "wrong inventory"
    """
    return decide_and_tell(flags, run, "abort", reason=reason, now=now, output=output)


@with_flags(LedgerFlags)
def skip(
    flags: LedgerFlags,
    hosts: Annotated[list[str], typer.Argument(metavar="HOST...", help="Hosts, by their names.")],
    run: Annotated[
        str | None,
        typer.Option("--run", metavar="RUN", help="The run, by default the only one that goes on."),
    ] = None,
    reason: Reason = None,
    output: Output = "text",
) -> int:
    """Leave hosts out of the rest of a run: what runs there now ends, nothing new begins.

    opsflow skip web3 web7 --reason "being repaired"
    """
    return decide_and_tell(flags, run, "skip", hosts=hosts, reason=reason, output=output)


def decide_and_tell(
    flags: LedgerFlags,
    wanted: str | None,
    what: What,
    *,
    output: str,
    reason: str | None,
    hosts: Sequence[str] = (),
    now: bool = False,
) -> int:
    """Ask something of a run, and tell what it says; see `ledger.control.decide`."""
    from opsflow.ledger.control import decide

    check_output(output, "text", "json")
    with controlling(flags, wanted) as (store, run):
        said = decide(store, run, what, hosts=list(dict.fromkeys(hosts)), reason=reason, now=now)
    if output == "json":
        echo_json({"run_id": run.run_id, "what": what, "hosts": list(hosts), "answer": said})
    else:
        echo([((f"{run.run_id}  ", "bold"), (said, ""))])
    return 0
