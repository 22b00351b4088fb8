"""`opsflow history`: what changed on a host, and what failed there."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Annotated

import typer

from .flags import LedgerFlags, with_flags
from .ledger_view import Output, Since, Until, check_output, clock_text, echo, echo_json, reading

if TYPE_CHECKING:
    from opsflow.ledger.audit import Kept
    from opsflow.ledger.chain import Entry
    from opsflow.ledger.store import Store
    from opsflow.report.lines import Line, Span


@with_flags(LedgerFlags)
def history(
    flags: LedgerFlags,
    host: Annotated[str, typer.Argument(metavar="HOST", help="The host, by its name in the inventory.")],
    since: Since = None,
    until: Until = None,
    count: Annotated[int, typer.Option("-n", "--count", metavar="N", min=1, help="How many at most.")] = 100,
    output: Output = "text",
) -> int:
    """Show what changed or failed on a host, when, and by whom; the newest comes last."""
    from opsflow.ledger.audit import Question, entries, moment

    check_output(output, "text", "json")
    question = Question(
        since=moment(since) if since else None,
        until=moment(until) if until else None,
        host=host,
        limit=count,
    )
    with reading(flags) as store:
        found = list(entries(store, question))
        if not found:
            _check_host(store, host)
    if output == "json":
        echo_json([kept.data() for kept in found])
    else:
        echo(_lines(found) or [((f"nothing has changed or failed on {host}", ""),)])
    return 0


def _lines(found: list[Kept]) -> list[Line]:
    """Return the changes under the runs that made them, and there under their tasks."""
    from opsflow.report.lines import line

    lines: list[Line] = []
    for (run_id, who), of_run in groupby(found, lambda kept: (kept.entry.run_id, kept.entry.who)):
        rows = list(of_run)
        began = clock_text(rows[0].entry.time)
        lines += [line(), line((began, "bold"), f"  {who}  ", (run_id, "dim"))]
        for (_, task, module), of_task in groupby(
            rows, lambda kept: (kept.entry.seq, kept.entry.task, kept.entry.module)
        ):
            lines.append(line(f"  {task}  ", (module or "", "dim")))
            lines += [line("    ", *spans) for kept in of_task if (spans := thing(kept.entry))]
    return lines[1:]


def thing(entry: Entry) -> tuple[Span, ...]:
    """Return words for the thing that changed, none where the task did not say."""
    from opsflow.report.recap import change_text

    if entry.kind == "failed":
        return (("failed  ", "failed"), (entry.new or "", "error"))
    if entry.kind in ("locked", "unlocked"):
        return ((f"{entry.kind}  ", "bold"), (entry.new or "", ""))
    if not entry.name:
        return ()
    change = f"  {change_text(entry.old, entry.new)}" if entry.old or entry.new else ""
    return ((f"{entry.what} ", "dim"), (entry.name, ""), (change, "changed"))


def _check_host(store: Store, host: str) -> None:
    """Raise OpsFlowError when the ledger has never heard of a host, and a similar one is known."""
    from opsflow.core.errors import OpsFlowError, did_you_mean

    rows = store.rows("SELECT DISTINCT host FROM audit WHERE host IS NOT NULL")
    known = {str(row[0]) for row in rows}
    known |= {str(row[0]) for row in store.rows("SELECT DISTINCT host FROM results")}
    if host not in known:
        hint = did_you_mean(host, sorted(known)) or "`opsflow runs` lists what was run"
        raise OpsFlowError(f"no run has worked on a host '{host}'", hint=hint)
