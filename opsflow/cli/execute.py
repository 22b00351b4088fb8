"""Carries out a prepared run: the screen, the notifiers, Ctrl-C, the exit code."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from opsflow.core.errors import EXIT_INTERRUPTED

from .console import Console, console_for
from .garbage import look_rarely
from .leasing import leasing
from .recording import Recording
from .telling import Telling

if TYPE_CHECKING:
    from opsflow.engine.prompts import Ask
    from opsflow.engine.run import Run
    from opsflow.source.config import Config


def execute(run: Run, config: Config, *, output: str, verbosity: int, diff: bool) -> int:
    """Run, record, notify and return the exit code.

    The first Ctrl-C ends the tasks on the hosts and then the run, the second ends us at once.

    Raises:
        InputError: a notifier's configuration can't be used; no host was touched.
        LedgerError: the run can't be recorded, and the configuration requires that it is.
    """
    from .debugger import DebugPrompt

    telling = Telling(run, config)
    console = console_for(output, verbosity=verbosity, diff=diff)
    run.events.subscribe(console)
    run.ask = _asking(run.ask, console) if run.ask else None
    run.debugger = DebugPrompt(console, run.renderer.vault.redactor)
    look_rarely()
    if not logging.getLogger().handlers:  # else --debug shows all
        logging.getLogger("asyncio").setLevel(logging.ERROR)
    try:
        with Recording(run, config) as recording, leasing(run, config):
            return asyncio.run(_run(run, telling, recording))
    finally:
        console.close()


def _asking(ask: Ask, console: Console) -> Ask:
    """Return `ask` with the screen left alone for as long as the question stands."""

    def asked(prompt: Mapping[str, Any]) -> str:
        with console.suspended():
            return ask(prompt)

    return asked


async def _run(run: Run, telling: Telling, recording: Recording) -> int:
    telling.begin(recording.url)
    task = asyncio.ensure_future(run.run())
    recording.begun(task.cancel)
    loop = asyncio.get_running_loop()

    def interrupt() -> None:
        loop.remove_signal_handler(signal.SIGINT)
        task.cancel()

    loop.add_signal_handler(signal.SIGINT, interrupt)
    loop.add_signal_handler(signal.SIGTERM, interrupt)
    try:
        code = (await task).exit_code
    except asyncio.CancelledError:
        code = EXIT_INTERRUPTED
    finally:  # also of a run that bad input ended
        await telling.end()
    return code
