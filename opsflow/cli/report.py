"""`opsflow report`: the record of a run as a document."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .flags import LedgerFlags, with_flags
from .ledger_view import check_output, reading
from .show import Run, check_host

if TYPE_CHECKING:
    from opsflow.report.document import Document

FORMATS = ("html", "md", "json", "junit")
EPILOG = "Example: opsflow report last --format html -o report.html"


@with_flags(LedgerFlags)
def report(
    flags: LedgerFlags,
    run: Run = "last",
    form: Annotated[
        str | None,
        typer.Option(
            "--format", metavar="FORMAT", help="html, md, json or junit; else what FILE ends in, else md."
        ),
    ] = None,
    file: Annotated[
        Path | None, typer.Option("-o", "--to", metavar="FILE", help="Write it there, not to the screen.")
    ] = None,
    host: Annotated[
        str | None, typer.Option("--host", metavar="HOST", help="Only this host; * stands for anything.")
    ] = None,
    failed: Annotated[bool, typer.Option("--failed", help="Only what failed.")] = False,
) -> int:
    """Write the record of a run as a page (html), for a ticket (md), for programs (json) or CI (junit)."""
    from opsflow.ledger.replay import Wanted
    from opsflow.ledger.runs import find_run
    from opsflow.report.kept import document_of

    form = form or _by_name(file)
    check_output(form, *FORMATS)
    with reading(flags) as store:
        found = find_run(store, run)
        if host:
            check_host(store, found, host)
        document = document_of(store, found, Wanted(host, failed))
    _write(_text(document, form), file)
    return 0


def _by_name(file: Path | None) -> str:
    known = {".html": "html", ".htm": "html", ".json": "json", ".xml": "junit"}
    return known.get(file.suffix.lower(), "md") if file else "md"


def _text(document: Document, form: str) -> str:
    match form:
        case "html":
            from opsflow.report.page import html

            return html(document)
        case "junit":
            from opsflow.report.junit import junit

            return junit(document)
        case "json":
            from .out import dumps

            return dumps(document.data(), 2)
        case _:
            from opsflow.report.markdown import markdown

            return markdown(document)


def _write(text: str, file: Path | None) -> None:
    """Write a document; one in a file is for its owner's eyes, as the ledger is. Raises OpsFlowError."""
    import os

    from opsflow.core.errors import OpsFlowError

    if file is None or str(file) == "-":
        sys.stdout.buffer.write(text.encode(errors="replace"))
        return
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with open(handle, "w", encoding="utf-8", errors="replace") as stream:
            stream.write(text)
    except OSError as error:
        hint = "name another file with -o"
        raise OpsFlowError(f"cannot write {file}: {error.strerror or error}", hint=hint) from error
