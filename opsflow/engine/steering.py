"""What people decide about a run while it goes on: to hold it, to end it, to leave hosts out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from datetime import datetime

from opsflow.core.errors import OpsFlowError, did_you_mean
from opsflow.core.events import Decided, Event
from opsflow.core.results import Status, TaskResult

NOT_BEGUN = TaskResult(Status.SKIPPED)
"""Stands for the result of a task that a person did not let begin on a host. Compare with `is`."""


class Steering:
    """Takes decisions, and is asked before anything new begins.

    `asked` is False as long as nobody has decided anything: then there is no need to ask. `aborted` says why
    the run ends early, `skipped` holds the hosts that take no further part.
    """

    def __init__(self, emit: Callable[[Event], None], hosts: Callable[[], Iterable[str]]) -> None:
        """`hosts` tells which there are in the run."""
        self.asked = False
        self.paused: Decided | None = None
        self.aborted: str | None = None
        self.skipped: dict[str, Decided] = {}
        self.heeding: list[Callable[[], None]] = []
        """Called with each decision."""
        self.cancel: Callable[[], object] | None = None
        """Ends the tasks on the hosts, and the run; set when it has begun."""
        self._emit = emit
        self._hosts = hosts
        self._free = asyncio.Event()

    def holds(self, host: str) -> bool:
        """Tell whether nothing more may begin on a host now."""
        return self.paused is not None or self.aborted is not None or host in self.skipped

    async def held(self) -> None:
        """Wait as long as the run is paused."""
        while self.paused:
            await self._free.wait()

    def take(self, decided: Decided) -> str:
        """Do what a person has decided and return a sentence about it, for them.

        Raises OpsFlowError when it can't be done.
        """
        doing = {"pause": self._pause, "resume": self._resume, "abort": self._abort, "skip": self._skip}
        said = doing[decided.what](decided)
        self.asked = True
        for heed in list(self.heeding):
            heed()
        self._emit(decided)
        return said

    def _pause(self, decided: Decided) -> str:
        if self.aborted:
            raise OpsFlowError(f"the run is being ended: {self.aborted}")
        if self.paused:
            return f"it was paused already, by {self.paused.by}, since {_clock(self.paused.asked)}"
        self.paused = decided
        self._free.clear()
        return "paused: nothing new begins, what runs now ends"

    def _resume(self, decided: Decided) -> str:
        if not self.paused:
            raise OpsFlowError("the run is not paused: it goes on")
        before, self.paused = self.paused, None
        self._free.set()
        return f"it goes on; it was paused by {before.by}, since {_clock(before.asked)}"

    def _abort(self, decided: Decided) -> str:
        self.aborted = self.aborted or f"aborted by {decided.why}"
        self.paused = None
        self._free.set()
        if decided.now and self.cancel:
            self.cancel()
            return "aborted: what runs on the hosts is ended now"
        return "aborted: nothing new begins, the run ends with what runs now"

    def _skip(self, decided: Decided) -> str:
        known = set(self._hosts())
        for host in decided.hosts:
            if host not in known:
                hint = did_you_mean(host, known) or "`opsflow show` has its hosts; none was skipped"
                raise OpsFlowError(f"the run knows no host '{host}'", hint=hint)
        for host in decided.hosts:
            self.skipped.setdefault(host, decided)
        many = "they take" if len(decided.hosts) > 1 else "it takes"
        return f"skipped {', '.join(decided.hosts)}: {many} no further part in the run"


def _clock(seconds: float) -> str:
    return datetime.fromtimestamp(seconds).astimezone().strftime("%H:%M:%S")
