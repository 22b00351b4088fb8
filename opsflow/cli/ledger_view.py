"""What the commands that read the ledger share: opening it, tables, times."""

from __future__ import annotations

import sys
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from opsflow.report.lines import Line, Span, line, render

if TYPE_CHECKING:
    from opsflow.ledger.runs import RunRow
    from opsflow.ledger.store import Store

    from .flags import LedgerFlags

Run = Annotated[
    str, typer.Argument(metavar="RUN", help="Its id, the beginning of it, or 'last'.", show_default=False)
]
Since = Annotated[
    str | None, typer.Option("--since", metavar="TIME", help="From then on: 2026-11-21, 12h or 7d ago.")
]
Until = Annotated[str | None, typer.Option("--until", metavar="TIME", help="Before that time.")]
Output = Annotated[str, typer.Option("--output", metavar="FORMAT", help="text or json.")]

_GAP = "  "


@contextmanager
def reading(flags: LedgerFlags) -> Generator[Store]:
    """Open the ledger that counts here, to read only. Raises LedgerError."""
    import zlib

    from opsflow.ledger.place import LedgerError
    from opsflow.ledger.store import open_store

    store = open_store(flags.settings().state, read_only=True)
    try:
        yield store
    except (ValueError, zlib.error) as error:  # what a row holds is not what was written
        hint = "`opsflow doctor` tells more; put back a backup, or move the ledger away"
        raise LedgerError(f"the ledger is damaged: {error}", hint=hint) from error
    finally:
        store.close()


@contextmanager
def controlling(flags: LedgerFlags, wanted: str | None) -> Generator[tuple[Store, RunRow]]:
    """Open the ledger that counts here to ask something of a run, by default of the only one that goes on.

    Raises LedgerError, UnknownRun, NotLive.
    """
    from opsflow.ledger.control import check_live
    from opsflow.ledger.runs import find_live
    from opsflow.ledger.store import open_store

    refuse_without(flags)
    with reading(flags) as store:  # makes no ledger where there is none
        run = find_live(store, wanted)
        check_live(run)
    store = open_store(flags.settings().state)
    try:
        yield store, run
    finally:
        store.close()


def refuse_without(flags: LedgerFlags) -> None:
    """Raise LedgerError when the ledger is switched off: runs are followed and controlled by way of it."""
    from opsflow.ledger.place import LedgerError

    if flags.settings().ledger == "off":
        hint = "set `ledger: on` in opsflow.yml; a run that has begun without it can't be reached"
        raise LedgerError("the ledger is switched off: runs are controlled through it", hint=hint)


def check_output(output: str, *known: str) -> None:
    """Raise UsageError when there is no such output."""
    from opsflow.core.errors import UsageError, did_you_mean

    if output not in known:
        hint = did_you_mean(output, known) or f"one of: {', '.join(known)}"
        raise UsageError(f"there is no output '{output}'", hint=hint)


def echo(lines: Iterable[Line]) -> None:
    """Write lines to standard output, coloured where that is wanted."""
    from .out import use_color, write

    color = use_color(sys.stdout)
    write(sys.stdout, "".join(f"{render(one, color=color)}\n" for one in lines))


def echo_json(value: Any) -> None:
    """Write a document of JSON to standard output."""
    from .out import dumps, write

    write(sys.stdout, dumps(value, 2))


def table(heads: Sequence[str], rows: Sequence[Sequence[Span]]) -> list[Line]:
    """Return rows below their heads; the last column is as long as it likes."""
    head = [(text, "dim") for text in heads]
    widths = [max(len(row[column][0]) for row in [head, *rows]) for column in range(len(heads) - 1)]
    return [_row(row, widths) for row in [head, *rows]]


def _row(row: Sequence[Span], widths: Sequence[int]) -> Line:
    padded = [(f"{text:<{width}}{_GAP}", style) for (text, style), width in zip(row, widths, strict=False)]
    return line(*padded, row[-1])


def clock_text(seconds: float) -> str:
    """Return a time as people here read it."""
    return datetime.fromtimestamp(seconds).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def clipped(text: str, width: int = 80) -> str:
    """Return the beginning of a text, on one line."""
    flat = " ".join(text.split())
    return flat if len(flat) <= width else flat[: width - 1] + "…"
