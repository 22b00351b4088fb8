"""Carries out a prepared run: the screen, the notifiers, Ctrl-C, the exit code."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING

from opsflow.core.errors import EXIT_INTERRUPTED

from .console import console_for

if TYPE_CHECKING:
    from opsflow.engine.run import Run
    from opsflow.source.config import Config


def execute(run: Run, config: Config, *, output: str, verbosity: int, diff: bool) -> int:
    """Run and return the exit code. The first Ctrl-C ends the tasks on the hosts, the second ends us."""
    from opsflow.notifiers.router import Router

    console = console_for(output, verbosity=verbosity, diff=diff)
    run.events.subscribe(console)
    router = Router([*config.notifiers, *run.notifiers()], run.events.emit)
    run.events.subscribe(router)
    try:
        return asyncio.run(_run(run, router))
    finally:
        console.close()


async def _run(run: Run, router: object) -> int:
    task = asyncio.ensure_future(run.run())
    loop = asyncio.get_running_loop()

    def interrupt() -> None:
        loop.remove_signal_handler(signal.SIGINT)
        task.cancel()

    loop.add_signal_handler(signal.SIGINT, interrupt)
    loop.add_signal_handler(signal.SIGTERM, interrupt)
    try:
        summary = await task
        code = summary.exit_code
    except asyncio.CancelledError:
        code = EXIT_INTERRUPTED
    await router.close()  # type: ignore[attr-defined]
    return code
