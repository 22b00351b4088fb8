"""`opsflow attach`: the screen of a run that was started elsewhere."""

from __future__ import annotations

from . import options as o
from .control import Live
from .flags import LedgerFlags, with_flags
from .ledger_view import reading, refuse_without


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
    import asyncio

    from opsflow.ledger.replay import Replay
    from opsflow.ledger.runs import find_live

    from .console import console_for
    from .following import followed

    refuse_without(flags)
    with reading(flags) as store:
        replay = Replay(store, find_live(store, run))
        console = console_for(output, verbosity=verbose, diff=diff, clock=replay.clock)
        try:
            return asyncio.run(followed(replay, console))
        finally:
            console.close()
