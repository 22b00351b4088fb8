"""`opsflow doctor`: is everything well that runs rely on here."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from .flags import LedgerFlags, with_flags
from .ledger_view import Output, check_output, clock_text, echo, echo_json

if TYPE_CHECKING:
    from opsflow.ledger.outbox import Letter
    from opsflow.ledger.store import Store
    from opsflow.source.config import Config

_ROOM = 100 * 1024 * 1024
"""Bytes that should be free where the ledger grows."""
_MIB = 1024 * 1024
_RECENT_S = 30 * 86_400
"""Seconds for which messages that were given up are told of."""


class Finding(NamedTuple):
    """What a check found: `ok`, `warning` or `error`, and a sentence."""

    check: str
    level: str
    message: str
    hint: str | None = None


@with_flags(LedgerFlags)
def doctor(
    flags: LedgerFlags,
    shrink: Annotated[
        bool, typer.Option("--shrink", help="Give back the room of runs that are no longer kept.")
    ] = False,
    output: Output = "text",
) -> int:
    """Check what runs rely on here: the configuration and the ledger. The exit code is 1 if one is broken."""
    check_output(output, "text", "json")
    found = list(_findings(flags, shrink))
    if output == "json":
        echo_json([one._asdict() for one in found])
    else:
        _tell(found)
    return 1 if any(one.level == "error" for one in found) else 0


def _tell(found: list[Finding]) -> None:
    from opsflow.report.lines import Line, line

    styles = {"ok": "ok", "warning": "warning", "error": "failed"}
    lines: list[Line] = []
    for one in found:
        lines.append(line((f"{one.level:<8}", styles[one.level]), (f"{one.check}  ", "bold"), one.message))
        lines += [line(f"          → {one.hint}")] if one.hint else []
    echo(lines)


def _findings(flags: LedgerFlags, shrink: bool) -> Iterator[Finding]:
    from opsflow.core.errors import OpsFlowError
    from opsflow.ledger.store import open_store

    try:
        settings = flags.settings()
    except OpsFlowError as error:
        yield Finding("configuration", "error", error.message, error.hint)
        return
    yield Finding("configuration", "ok", "it can be read; `opsflow config` shows it")
    if settings.ledger == "off":
        yield Finding("ledger", "ok", "it is switched off: runs are not recorded")
        return
    try:
        store = open_store(settings.state)
    except OpsFlowError as error:
        yield Finding("ledger", "error", error.message, error.hint)
        return
    try:
        yield from _ledger(store, settings, shrink)
    except OpsFlowError as error:
        yield Finding("ledger", "error", error.message, error.hint)
    finally:
        store.close()


def _ledger(store: Store, settings: Config, shrink: bool) -> Iterator[Finding]:
    from opsflow.ledger.place import shown

    if shrink:
        store.shrink()
    checks: list[Callable[[Store], Iterator[Finding]]] = [_integrity, _audit, _lost, _outbox, _place]
    yield Finding("ledger", "ok", f"{shown(store.url)}, {store.size() / _MIB:.1f} MiB, {_kept(settings)}")
    for check in checks:
        yield from check(store)


def _kept(settings: Config) -> str:
    days = settings.ledger_days
    return f"results are kept for {days} days" if days else "results are kept for ever"


def _integrity(store: Store) -> Iterator[Finding]:
    problems = store.check()
    for problem in problems:
        yield Finding("integrity", "error", problem, "put back a backup, or move the file away")
    if not problems:
        yield Finding("integrity", "ok", "the database is whole")


def _audit(store: Store) -> Iterator[Finding]:
    from opsflow.ledger.chain import broken

    problems = list(broken(store))
    for problem in problems[:10]:
        yield Finding("audit", "error", problem, "somebody or something wrote to the ledger besides OpsFlow")
    if not problems:
        yield Finding("audit", "ok", "the chain of the audit is whole")


def _lost(store: Store) -> Iterator[Finding]:
    from opsflow.ledger.runs import list_runs

    lost = [run.run_id for run in list_runs(store, limit=1000, failed=True) if run.state == "lost"]
    if lost:
        many = f"{len(lost)} runs never came to an end" if len(lost) > 1 else "a run never came to an end"
        yield Finding("runs", "warning", f"{many}: {', '.join(lost[:5])}", "`opsflow show RUN` tells how far")


def _outbox(store: Store) -> Iterator[Finding]:
    from opsflow.ledger.outbox import letters

    hint = "`opsflow notify list` shows them, `opsflow notify send` sends them"
    waiting: dict[str, list[Letter]] = {}
    for letter in letters(store, states=("waiting",)):
        waiting.setdefault(letter.way.notifier, []).append(letter)
    for name, found in waiting.items():
        many = f"{len(found)} messages wait" if len(found) > 1 else "a message waits"
        why = next((f", {letter.error}" for letter in reversed(found) if letter.error), "")
        message = f"{many} for '{name}' since {clock_text(found[0].created)}{why}"
        yield Finding("notifiers", "warning", message, hint)
    since = time.time() - _RECENT_S
    if lost := [one for one in letters(store, states=("given up",)) if (one.ended or 0) > since]:
        names = ", ".join(dict.fromkeys(letter.way.notifier for letter in lost))
        message = f"{len(lost)} messages were given up, of {names}"
        yield Finding("notifiers", "warning", message, "`opsflow show RUN` tells which")


def _place(store: Store) -> Iterator[Finding]:
    from opsflow.ledger.place import file_of, scheme_of

    if scheme_of(store.url) != "sqlite":
        return
    file: Path = file_of(store.url)
    if file.stat().st_mode & 0o077:
        hint = f"chmod 600 {file}"
        yield Finding("permissions", "warning", "others may read the ledger, with what hosts said", hint)
    free = shutil.disk_usage(file.parent).free
    if free < _ROOM:
        yield Finding(
            "disk", "warning", f"only {free / _MIB:.0f} MiB are free beside the ledger", "make room"
        )
