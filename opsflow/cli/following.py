"""Follows the record of a run that goes on elsewhere."""

from __future__ import annotations

import asyncio
import signal
import sys

from opsflow.core.errors import EXIT_INTERRUPTED
from opsflow.ledger.control import check_live
from opsflow.ledger.replay import Replay

from .console import Console

POLL = 0.25
"""Seconds between two looks at what was recorded."""


async def followed(replay: Replay, console: Console) -> int:
    """Show a run until it ends, and return its exit code; Ctrl-C leaves it alone. Raises NotLive."""
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
