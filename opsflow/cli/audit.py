"""`opsflow audit`: who changed what, and whether the record of it is whole."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .flags import LedgerFlags, with_flags
from .ledger_view import Since, Until, check_output, clipped, clock_text, echo, reading, table

if TYPE_CHECKING:
    from opsflow.ledger.audit import Kept
    from opsflow.ledger.chain import Head
    from opsflow.report.lines import Span

app = typer.Typer(
    invoke_without_command=True, help="Show who changed what, and verify that the record is whole."
)

Output = Annotated[str, typer.Option("--output", metavar="FORMAT", help="text, jsonl or csv.")]


@app.callback()
@with_flags(LedgerFlags)
def audit(
    context: typer.Context,
    flags: LedgerFlags,
    since: Since = None,
    until: Until = None,
    host: Annotated[str | None, typer.Option("--host", metavar="HOST", help="* is anything.")] = None,
    user: Annotated[str | None, typer.Option("--user", metavar="USER", help="Who ran it.")] = None,
    run: Annotated[str | None, typer.Option("--run", metavar="RUN", help="Only this run.")] = None,
    change: Annotated[bool, typer.Option("--change", help="Only what changed something.")] = False,
    package: Annotated[str | None, typer.Option("--package", metavar="NAME", help="* is anything.")] = None,
    path: Annotated[str | None, typer.Option("--path", metavar="PATH", help="A file; * is anything.")] = None,
    count: Annotated[
        int | None, typer.Option("-n", "--count", metavar="N", min=1, help="Only the newest.")
    ] = None,
    output: Output = "text",
) -> int:
    """Show who changed what: runs, changes and failures, the newest last.

    `opsflow audit verify` tells whether a row was altered, removed or put in.
    """
    if context.invoked_subcommand:
        context.obj = flags
        return 0
    from opsflow.ledger.audit import Question, entries, moment
    from opsflow.ledger.runs import find_run

    check_output(output, "text", "jsonl", "csv")
    with reading(flags) as store:
        question = Question(
            since=moment(since) if since else None,
            until=moment(until) if until else None,
            host=host,
            who=user,
            run_id=find_run(store, run).run_id if run else None,
            package=package,
            path=path,
            changes=change,
            limit=count,
        )
        _WRITERS[output](entries(store, question))
    return 0


def _write_text(rows: Iterable[Kept]) -> None:
    cells = [_cells(kept) for kept in rows]
    if not cells:
        echo([(("nothing of the kind in the audit", ""),)])
        return
    echo(table(["ID", "TIME", "BY", "RUN", "", "HOST", "WHAT"], cells))


def _cells(kept: Kept) -> list[Span]:
    from .history import thing

    entry = kept.entry
    words = "".join(text for text, _ in thing(entry)) if entry.kind == "changed" else entry.new or ""
    if entry.kind == "decided":
        words = " ".join(word for word in (entry.what, entry.name) if word) + (words and f": {words}")
    task = f"{entry.task}: {words}" if entry.task and words else entry.task or words
    style = {"changed": "changed", "failed": "failed"}.get(entry.kind, "dim")
    return [
        (str(kept.number), "dim"),
        (clock_text(entry.time), ""),
        (entry.who, ""),
        (entry.run_id, "dim"),
        (entry.kind, style),
        (entry.host or "-", ""),
        (clipped(task, 120), ""),
    ]


def _write_lines(rows: Iterable[Kept]) -> None:
    import json

    for kept in rows:
        sys.stdout.write(json.dumps(kept.data()) + "\n")


def _write_csv(rows: Iterable[Kept]) -> None:
    import csv

    from opsflow.ledger.chain import COLUMNS

    writer = csv.DictWriter(sys.stdout, ["id", *COLUMNS, "hash"], lineterminator="\n")
    writer.writeheader()
    for kept in rows:
        writer.writerow({name: _cell(value) for name, value in kept.data().items()})


def _cell(value: Any) -> Any:
    """Return a cell that no spreadsheet takes for a formula: hosts say what they like."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value


_WRITERS = {"text": _write_text, "jsonl": _write_lines, "csv": _write_csv}


@app.command("verify")
@with_flags(LedgerFlags)
def verify(
    context: typer.Context,
    flags: LedgerFlags,
    head: Annotated[
        str | None,
        typer.Option(
            "--head", metavar="ID:HASH", help="What an earlier verification said: it must be there."
        ),
    ] = None,
) -> int:
    """Tell whether the audit is as it was written: no row altered, removed or put in."""
    from opsflow.ledger.chain import broken, kept_head

    before: LedgerFlags = context.obj
    chosen = LedgerFlags(state=flags.state or before.state, config=flags.config or before.config)
    with reading(chosen) as store:
        found = list(broken(store, _head(head) if head else None))
        newest = kept_head(store.rows("SELECT value FROM meta WHERE name = 'audit'"))
    for sentence in found:
        typer.echo(f"BROKEN: {sentence}")
    if found:
        return 1
    count = newest.number if newest else 0
    typer.echo(f"the audit is whole: {count} rows" + (f", head {newest}" if newest else ""))
    return 0


def _head(text: str) -> Head:
    from opsflow.core.errors import UsageError
    from opsflow.ledger.chain import Head

    number, _, digest = text.partition(":")
    if not number.isdigit() or len(digest) != 64:
        raise UsageError(f"'{text}' is no head", hint="it is what `opsflow audit verify` printed: ID:HASH")
    return Head(int(number), digest)
