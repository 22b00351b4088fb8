"""What hosts keep of a run's calls, so that the run that goes on with it makes none of them twice.

The ledger has a result some moments after its host has it: a control node that is killed in between would do
the task again. `target.journal` is the host's side.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

from opsflow.connection.channel import Options
from opsflow.core.errors import TaskError
from opsflow.core.events import TaskInfo

from .unknown import Unknown, failed

PATIENCE = 5.0
"""Seconds that a ledger has to know of the run before its first task begins all the same."""


class Journals:
    """Names the calls of a run, the same ones when it is gone on with."""

    def __init__(
        self, run: str, unknown: Unknown, tries: Mapping[str, int], recorded: Awaitable[object]
    ) -> None:
        """
        Args:
            run: what the run began as, before it was gone on with.
            unknown: decides about calls that were broken off.
            tries: how often each host has failed until now: what failed is done again, and not remembered.
            recorded: ends when the ledger knows of the run: what it knows nothing of can't be gone on with.
        """
        self.recorded = asyncio.ensure_future(recorded)
        self.run = run
        self.unknown = unknown
        self._tries = tries

    def of(self, host: str, module: str, name: str, occurrence: int, *, once: bool) -> Journal:
        """Return the journal of a task on a host.

        Args:
            host: whose task it is.
            module: the task's module, and `name` its name.
            occurrence: the how manyth task of that module and name it is there, from 1.
            once: whether it must not be done twice.
        """
        text = "\0".join((host, module, name, str(occurrence), str(self._tries.get(host, 0))))
        return Journal(self, hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()[:16], once=once)


class Journal:
    """Names the calls of one task on one host."""

    def __init__(self, journals: Journals, task: str, *, once: bool) -> None:
        self.changed_before = False
        self._journals = journals
        self._task = task
        self._once = once
        self._calls = 0

    def next(self, *, secret: bool) -> dict[str, Any]:
        """Return what the host is told of the next call; of a `secret` result next to nothing is kept."""
        self._calls += 1
        op: dict[str, Any] = {"run": self._journals.run, "key": f"{self._task}.{self._calls}"}
        if self._once:
            op["once"] = True
        if secret:
            op["secret"] = True
        return op

    async def told(
        self, on: _Task, options: Options, call: Callable[[], Awaitable[dict[str, Any]]]
    ) -> dict[str, Any]:
        """Return what a call returns, having decided what becomes of one that was broken off.

        Raises TaskError and Unreachable as the call does.
        """
        if not self._journals.recorded.done():
            await asyncio.wait([self._journals.recorded], timeout=PATIENCE)
        try:
            result = await call()
        except TaskError as error:
            if not error.data.get("unknown"):
                raise
            choice = self._journals.unknown.decide(on.shown, on.info.name, error)
            if choice == "fail":
                raise failed(on.info.name, error) from error
            if choice == "done":
                return {"changed": True, "rc": 0, "stdout": "", "stderr": "", "msg": "taken as done"}
            assert options.op is not None
            options.op = {**options.op, "again": True}
            result = await call()
        if result.pop("_changed_before", False):
            self.changed_before = True
        return result


class _Task(Protocol):
    @property
    def info(self) -> TaskInfo: ...
    @property
    def shown(self) -> str: ...
