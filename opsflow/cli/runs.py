"""`opsflow runs`: which runs there were."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from .flags import LedgerFlags, with_flags
from .ledger_view import Output, check_output, clipped, clock_text, echo, echo_json, reading, table

if TYPE_CHECKING:
    from opsflow.ledger.runs import RunRow
    from opsflow.report.lines import Line, Span


@with_flags(LedgerFlags)
def runs(
    flags: LedgerFlags,
    live: Annotated[bool, typer.Option("--live", help="Only runs that go on.")] = False,
    failed: Annotated[bool, typer.Option("--failed", help="Only runs that did not end well.")] = False,
    host: Annotated[
        str | None, typer.Option("--host", metavar="HOST", help="Only runs that worked on this host.")
    ] = None,
    count: Annotated[int, typer.Option("-n", "--count", metavar="N", min=1, help="How many at most.")] = 20,
    output: Output = "text",
) -> int:
    """List runs, the newest first: when, by whom, what came of them."""
    from opsflow.ledger.runs import list_runs

    check_output(output, "text", "json")
    with reading(flags) as store:
        found = list_runs(store, limit=count, host=host, failed=failed, live=live)
    if output == "json":
        echo_json([run.data() for run in found])
    elif found:
        echo(_table(found))
    else:
        echo([(("no such run in the ledger" if live or failed or host else "no run yet", ""),)])
    return 0


def _table(found: list[RunRow]) -> list[Line]:
    return table(["RUN", "STARTED", "TOOK", "BY", "OUTCOME", "HOSTS", "WHAT"], [_row(run) for run in found])


def _row(run: RunRow) -> list[Span]:
    from opsflow.report.fold import duration_text

    check = " (check)" if run.check_mode else ""
    return [
        (run.run_id, "bold"),
        (clock_text(run.started), ""),
        (duration_text(run.duration), ""),
        (f"{run.who}@{run.node}", ""),
        (state_text(run) + check, style_of(run.state)),
        (_hosts(run), ""),
        (clipped(run.command.removeprefix("opsflow ")), "dim"),
    ]


def style_of(state: str) -> str:
    """Return how the state of a run is coloured."""
    styles = {"ok": "ok", "changed": "changed", "running": "bold", "paused": "warning"}
    return styles.get(state, "failed")


def state_text(run: RunRow) -> str:
    """Return the state of a run in words; of a paused one with who paused it, since when."""
    if run.state != "paused" or not run.paused:
        return run.state
    return f"PAUSED by {run.paused.by} since {clock_text(run.paused.asked)}"


def _hosts(run: RunRow) -> str:
    if run.hosts is None:
        return "?"
    counts = {"changed": run.changed, "failed": run.failed, "unreachable": run.unreachable}
    told = ", ".join(f"{count} {word}" for word, count in counts.items() if count)
    return f"{run.hosts} ({told})" if told else str(run.hosts)
