"""`opsflow show`: a run as it was on the screen."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Annotated

import typer

from . import options as o
from .flags import LedgerFlags, with_flags
from .ledger_view import Run, clock_text, echo, reading
from .runs import state_text, style_of

if TYPE_CHECKING:
    from opsflow.ledger.outbox import Letter
    from opsflow.ledger.replay import Replay
    from opsflow.ledger.runs import RunRow
    from opsflow.ledger.store import Store
    from opsflow.report.lines import Line


@with_flags(LedgerFlags)
def show(
    flags: LedgerFlags,
    run: Run = "last",
    host: Annotated[
        str | None, typer.Option("--host", metavar="HOST", help="Only this host; * stands for anything.")
    ] = None,
    failed: Annotated[bool, typer.Option("--failed", help="Only what failed.")] = False,
    diff: o.Diff = False,
    verbose: o.Verbose = 0,
    output: o.Output = "text",
) -> int:
    """Show a run from its record: who ran what, each result, the recap."""
    from opsflow.ledger.outbox import letters
    from opsflow.ledger.replay import Replay, Wanted
    from opsflow.ledger.runs import find_run

    with reading(flags) as store:
        found = find_run(store, run)
        if host:
            check_host(store, found, host)
        told = [] if host or failed else letters(store, run_id=found.run_id)
        _tell(Replay(store, found, Wanted(host, failed)), found, told, output, verbose, diff)
    return 0


def _tell(replay: Replay, run: RunRow, told: list[Letter], output: str, verbosity: int, diff: bool) -> None:
    from .console import console_for
    from .console.stream import JsonDocument

    console = console_for(output, verbosity=verbosity, diff=diff, live=False, clock=lambda: replay.now)
    if output == "text":
        echo(_head(run))
    elif isinstance(console, JsonDocument):
        console.note("record", {**run.data(), "notifications": [letter.data() for letter in told]})
    try:
        replay.advance(console)
        if not run.live:
            replay.end(console)
    finally:
        console.close()
    if output == "text":
        echo(_notified(told))
        if run.live:
            echo([(), (("it goes on: ", ""), (f"opsflow attach {run.run_id}", "place"))])


def _notified(told: list[Letter]) -> list[Line]:
    """Return who was told of the run: what, when, after how many tries."""
    from opsflow.report.lines import line

    lines: list[Line] = [(), line(("NOTIFIED", "bold"))] if told else []
    for letter in told:
        tries = f"  {letter.attempts} tries" if letter.attempts > 1 else ""
        why = f"  {letter.error}" if letter.error else ""
        moment = clock_text(letter.ended or letter.created)
        style = {"sent": "ok", "given up": "failed"}.get(letter.state, "dim")
        lines.append(
            line(
                (f"  {letter.state:<8}  ", style),
                f"{moment}  {letter.way.notifier}  {letter.event}{tries}{why}",
            )
        )
    return lines


def _head(run: RunRow) -> list[Line]:
    from opsflow.report.lines import line

    client = f" from {run.client}" if run.client else ""
    state = (f"  {state_text(run)}", style_of(run.state))
    lines = [
        line(("RUN  ", "bold"), (run.run_id, "bold"), state),
        line(("  by       ", "dim"), f"{run.who} at {run.node}{client}, {clock_text(run.started)}"),
        line(("  in       ", "dim"), run.directory),
        line(("  command  ", "dim"), run.command),
    ]
    if run.git_commit:
        changed = ", with changes that are not committed" if run.git_dirty else ""
        lines.append(line(("  git      ", "dim"), f"{run.git_commit[:12]}{changed}"))
    return lines


def check_host(store: Store, run: RunRow, wanted: str) -> None:
    """Raise OpsFlowError when nothing happened on such a host."""
    from opsflow.core.errors import OpsFlowError, did_you_mean

    rows = store.rows("SELECT DISTINCT host FROM results WHERE run = ?", (run.number,))
    hosts = [str(row[0]) for row in rows]
    if not any(fnmatchcase(host, wanted) for host in hosts):
        hint = did_you_mean(wanted, hosts) or f"`opsflow show {run.run_id}` has all hosts"
        raise OpsFlowError(f"the run did nothing on a host '{wanted}'", hint=hint)
