"""`opsflow attach`: the screen of a run that was started elsewhere."""

from __future__ import annotations

import asyncio
import signal
import sys
from typing import TYPE_CHECKING

from opsflow.core.errors import EXIT_INTERRUPTED

from . import options as o
from .control import Live
from .flags import LedgerFlags, with_flags
from .ledger_view import reading, refuse_without

if TYPE_CHECKING:
    from opsflow.ledger.replay import Replay

    from .console import Console

POLL = 0.25
"""Seconds between two looks at what was recorded."""


@with_flags(LedgerFlags)
def attach(
    flags: LedgerFlags,
    run: Live = None,
    diff: o.Diff = False,
    verbose: o.Verbose = 0,
    output: o.Output = "text",
) -> int:
    """Follow a run that was started elsewhere, from its beginning to its end; ends with its exit code.

    Ctrl-C leaves it alone: opsflow attach 4f2a91
    """
    from opsflow.ledger.replay import Replay
    from opsflow.ledger.runs import find_live

    from .console import console_for

    refuse_without(flags)
    with reading(flags) as store:
        replay = Replay(store, find_live(store, run))
        console = console_for(output, verbosity=verbose, diff=diff, clock=replay.clock)
        try:
            return asyncio.run(_attached(replay, console))
        finally:
            console.close()


async def _attached(replay: Replay, console: Console) -> int:
    following = asyncio.ensure_future(_follow(replay, console))
    asyncio.get_running_loop().add_signal_handler(signal.SIGINT, following.cancel)
    try:
        return await following
    except asyncio.CancelledError:
        console.close()
        name = replay.run.run_id
        sys.stderr.write(f"detached: the run goes on\n  → `opsflow attach {name}` shows it again, ")
        sys.stderr.write(f"`opsflow abort {name}` ends it\n")
        return EXIT_INTERRUPTED


async def _follow(replay: Replay, console: Console) -> int:
    """Tell what is recorded until the run ends; return its exit code. Raises NotLive when it is lost."""
    from opsflow.ledger.control import check_live

    while True:
        alive = replay.run.live  # what a process wrote before it ended is read behind this line
        run = replay.refresh()
        replay.advance(console)
        if run.exit_code is not None:
            replay.end(console)
            return run.exit_code
        if not alive:
            console.close()
            check_live(run)
        for event in replay.running():
            console(event)
        await asyncio.sleep(POLL)
