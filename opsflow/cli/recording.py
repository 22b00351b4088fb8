"""Has a run recorded in the ledger, and says so when that fails."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from opsflow.core.errors import OpsFlowError
from opsflow.core.events import Event, Warned
from opsflow.core.origin import COMMAND_LINE

if TYPE_CHECKING:
    from types import TracebackType

    from opsflow.engine.run import Run
    from opsflow.ledger.control import Request
    from opsflow.ledger.header import Header
    from opsflow.ledger.place import LedgerError
    from opsflow.ledger.record import Recorder
    from opsflow.source.config import Config

_DAY_S = 86_400


class Recording:
    """A context in which a run is recorded, unless the configuration says `ledger: off`.

    A ledger that fails is a warning. Where it is required, a run without one does not begin, and is stopped
    when it fails later.
    """

    def __init__(self, run: Run, config: Config) -> None:
        self._stop: Callable[[], object] | None = None
        self._run = run
        self._wanted = config.ledger != "off"
        self._required = config.ledger == "required"
        self._url = config.state
        self._keep = config.ledger_days * _DAY_S
        self._recorder: Recorder | None = None
        self._told = False

    def __enter__(self) -> Recording:
        if self._wanted:
            from opsflow.ledger.place import LedgerError

            try:
                self._open()
            except LedgerError as error:
                if self._required:
                    raise
                self._tell(error)
        return self

    @property
    def url(self) -> str | None:
        """The ledger that the run is recorded in, None where it is in none."""
        from opsflow.ledger.place import default_url

        return (self._url or default_url()) if self._recorder else None

    def _open(self) -> None:
        from opsflow.ledger.record import Recorder
        from opsflow.ledger.store import open_store

        self._recorder = Recorder(open_store(self._url), _header(self._run), keep=self._keep)
        self._run.events.subscribe(self)
        self._run.recorded = self._recorder.settled

    def begun(self, stop: Callable[[], object]) -> None:
        """Do from now on, within the running event loop, what people ask of the run; `stop` ends it."""
        self._stop = self._run.steering.cancel = stop
        loop = asyncio.get_running_loop()

        def hear(request: Request) -> None:
            with suppress(RuntimeError):  # the loop is closed: the run has just ended
                loop.call_soon_threadsafe(self._take, request)

        if self._recorder:
            self._recorder.listen(hear)

    def _take(self, request: Request) -> None:
        assert self._recorder is not None
        redactor = self._run.renderer.vault.redactor
        try:
            said: str | OpsFlowError = redactor.text(self._run.steering.take(request.decided))
        except OpsFlowError as error:
            redactor.error(error)
            said = error
        self._recorder.answer(request, said)

    def __call__(self, event: Event) -> None:
        """Have an event written; the first one behind a failure tells of it."""
        assert self._recorder is not None
        self._recorder(event)
        if self._recorder.error and not self._told:
            self._tell(self._recorder.error)
            if self._required and self._stop:
                self._run.reason = f"its ledger failed: {self._recorder.error.message}"
                self._stop()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        failed = self._recorder.close() if self._recorder else None
        if failed and not self._told:
            self._tell(failed)
        if failed and self._required and error is None:
            raise failed

    def _tell(self, error: LedgerError) -> None:
        self._told = True
        message = f"this run is not recorded: {error.message}"
        if self._recorder:
            message = f"the record of this run is not complete: {error.message}"
        self._run.events.emit(Warned(message, hint=error.hint))


def _header(run: Run) -> Header:
    from opsflow.ledger.header import Header, arguments_of_this_process

    books = [book.path for book in run.playbooks if book.path != COMMAND_LINE]
    tasks = [task.origin.file for task in run.tasks() if task.origin and task.origin.file != COMMAND_LINE]
    return Header(
        arguments=arguments_of_this_process(),
        playbook_dir=run.playbook_dir,
        files=list(dict.fromkeys([*books, *tasks])),
        inventory=list(run.inventory.sources),
        mask=run.renderer.vault.redactor.text,
    )
