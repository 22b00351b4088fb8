"""`opsflow resume` and `opsflow retry`: an earlier run's command again, from where it stopped or anew.

A paused run goes on in its own process: `resume` only lets it.
"""

from __future__ import annotations

import os
import shlex
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from .control import Reason, decide_and_tell
from .flags import LedgerFlags, with_flags
from .ledger_view import Run, reading, refuse_without

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsflow.engine.recall import Recall
    from opsflow.ledger.runs import RunRow
    from opsflow.ledger.store import Store

Paused = Annotated[
    str | None,
    typer.Argument(
        metavar="[RUN]",
        help="Its id, the beginning of it, or 'last'; by default the only paused one, else the newest.",
        show_default=False,
    ),
]
Changed = Annotated[
    bool,
    typer.Option("--changed", help="Go on though playbooks have changed: tasks are told by their names."),
]
Unknown = Annotated[
    str,
    typer.Option(
        "--unknown",
        metavar="WHAT",
        help="What to do with a command that was broken off, nobody knows how far: ask, redo, done or fail.",
    ),
]


@with_flags(LedgerFlags)
def resume(
    flags: LedgerFlags,
    run: Paused = None,
    changed: Changed = False,
    unknown: Unknown = "ask",
    reason: Reason = None,
) -> int:
    """Go on with a run where it stopped, whatever stopped it: nothing that was done is done again.

    A run that is only paused is let go on where it is.

    opsflow resume
    """
    from opsflow.ledger.runs import find_paused

    check_unknown(unknown)
    refuse_without(flags)
    with reading(flags) as store:
        paused = find_paused(store, run)
    if paused:
        return decide_and_tell(flags, paused.run_id, "resume", reason=reason, output="text")
    with reading(flags) as store:
        found = _ended(store, run or "last")
        words = _command(found)
    more = [*(["--changed"] if changed else []), *(["--unknown", unknown] if unknown != "ask" else [])]
    return _again(found, [*words, "--resume", found.run_id, *more])


@with_flags(LedgerFlags)
def retry(
    flags: LedgerFlags,
    run: Run = "last",
    failed: Annotated[bool, typer.Option("--failed", help="Hosts on which a task failed.")] = False,
    unreachable: Annotated[bool, typer.Option("--unreachable", help="Hosts that were not reached.")] = False,
    unknown: Annotated[
        bool, typer.Option("--unknown", help="Hosts of which nobody knows how far they came.")
    ] = False,
) -> int:
    """Run it all again, on the hosts of a run that did not do well; without options on all of those."""
    from opsflow.ledger.resume import CannotResume, hosts_that

    every = not (failed or unreachable or unknown)
    with reading(flags) as store:
        found = _ended(store, run)
        words = _command(found)
        hosts = hosts_that(
            store, found, failed=failed or every, unreachable=unreachable or every, unknown=unknown or every
        )
    if not hosts:
        hint = f"`opsflow show {found.run_id}` tells what happened"
        raise CannotResume(f"there is no such host in run {found.run_id}", hint=hint)
    return _again(found, [*words, "--limit", ",".join(hosts)])


def check_unknown(unknown: str) -> None:
    """Raise UsageError where that is nothing that can be done."""
    from opsflow.core.errors import UsageError, did_you_mean
    from opsflow.engine.unknown import POLICIES

    if unknown not in POLICIES:
        hint = did_you_mean(unknown, POLICIES) or f"one of: {', '.join(POLICIES)}"
        raise UsageError(f"--unknown: there is no '{unknown}'", hint=hint)


def recall_of(flags: LedgerFlags, run: str, *, changed: bool) -> Recall:
    """Return what a run has done, for one that goes on with it. Raises LedgerError."""
    from opsflow.ledger.resume import recall

    with reading(flags) as store:
        return recall(store, _ended(store, run), changed=changed)


def _ended(store: Store, wanted: str) -> RunRow:
    """Return the run that is meant. Raises CannotResume when it goes on still, or well and done."""
    from opsflow.ledger.resume import CannotResume, resumed_by
    from opsflow.ledger.runs import find_run

    run = find_run(store, wanted)
    if run.live:
        raise CannotResume(
            f"run {run.run_id} goes on, it is not paused", hint=f"`opsflow attach {run.run_id}` shows it"
        )
    if run.outcome in ("ok", "changed"):
        hint = "`opsflow play` does it all again, `opsflow runs --failed` lists those that did not end well"
        raise CannotResume(f"run {run.run_id} ended well: there is nothing to go on with", hint=hint)
    if later := resumed_by(store, run):
        raise CannotResume(f"run {run.run_id} was gone on with by {later}", hint=f"`opsflow resume {later}`")
    return run


def _command(run: RunRow) -> list[str]:
    """Return the words of the command line that began a run. Raises CannotResume when not all were kept."""
    from opsflow.core.redact import MASK
    from opsflow.ledger.resume import CannotResume

    words = _without_ours(shlex.split(run.command)[1:])
    if MASK in run.command:
        hint = f"type it again, with --resume {run.run_id}: {run.command}"
        raise CannotResume("its command line holds what looks like a secret, and was not kept", hint=hint)
    if words[:1] != ["play"]:
        raise CannotResume(f"only `opsflow play` can be gone on with, not: {run.command}")
    return words


def _without_ours(words: list[str]) -> list[str]:
    """Return a command line without what made it go on with another run."""
    found: list[str] = []
    left = iter(words)
    for word in left:
        if word in ("--resume", "--unknown"):
            next(left, None)
        elif word != "--changed" and not word.startswith(("--resume=", "--unknown=")):
            found.append(word)
    return found


def _again(run: RunRow, words: Sequence[str]) -> int:
    """Run a command where the run was begun, as if it had been typed, and return its exit code."""
    from opsflow.ledger.resume import CannotResume

    from .main import invoke

    try:
        os.chdir(run.directory)
    except OSError as error:
        message = f"run {run.run_id} was begun in {run.directory}: {error.strerror}"
        raise CannotResume(message) from error
    sys.argv[1:] = words  # what the ledger is told
    return invoke(words)
