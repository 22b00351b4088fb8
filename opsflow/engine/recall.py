"""What an earlier run has done: its results stand for the tasks, host by host, in the order of their end."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from opsflow.core.errors import InputError
from opsflow.core.events import Decided
from opsflow.core.origin import Origin
from opsflow.core.results import TaskResult
from opsflow.playbook.model import Task


class Done(NamedTuple):
    """A task that has ended on a host.

    `source` is where the ledger has its result: the number of the run and its place there. `whole` says that
    all of the result was kept, which is not so where it is secret.
    """

    name: str
    module: str
    origin: Origin | None
    source: tuple[int, int]
    result: TaskResult
    whole: bool = True


class Recall:
    """The results of an earlier run that are not taken yet.

    A playbook does the same again as long as its tasks return the same: so everything that they lead to,
    registered values, facts, due handlers, included files, rescued failures, is there again.
    """

    def __init__(
        self,
        run_id: str,
        first: str,
        done: Mapping[str, Sequence[Done]],
        tries: Mapping[str, int] | None = None,
        *,
        skips: Sequence[Decided] = (),
        changed: bool = False,
    ) -> None:
        """Remember what was done.

        Args:
            run_id: the run that is gone on with.
            first: the run that it began as, where it was gone on with before.
            done: what has ended on each host, in order.
            tries: how often each host has failed until now, 0 where it is not named.
            skips: what people decided about hosts that were to take no further part: it holds still.
            changed: the playbooks may have changed since: tasks are told by their names and modules, what is
                not there any more is passed over, what is new is done.
        """
        self.run_id = run_id
        self.first = first
        self.tries = tries or {}
        self.skips = skips
        self._changed = changed
        self._left = {host: deque(results) for host, results in done.items()}

    def take(self, task: Task, host: str) -> Done | None:
        """Return what came of a task on a host, once; None where it has to be done.

        Raises InputError when the earlier run has done something else there.
        """
        left = self._left.get(host)
        if not left:
            return None
        number = self._find(task, host)
        if number is None:
            if not self._changed:
                raise _differs(task, host, left[0], self.run_id)
            return None
        for _ in range(number):
            left.popleft()
        return _usable(task, left.popleft())

    def take_once(self, task: Task, hosts: Iterable[str]) -> tuple[str, Done] | None:
        """Return which of some hosts has done a task that is done once for all of them, and what came of it.

        It need not be the next that the host has done: another one may come to it first now.
        """
        same = _is_like if self._changed else _is_same
        for host in hosts:
            left = self._left.get(host) or ()
            for number, one in enumerate(left):
                if same(one, task):
                    del self._left[host][number]
                    usable = _usable(task, one)
                    return (host, usable) if usable else None
        return None

    def _find(self, task: Task, host: str) -> int | None:
        left = self._left.get(host) or ()
        if not self._changed:
            return 0 if left and _is_same(left[0], task) else None
        return next((number for number, one in enumerate(left) if _is_like(one, task)), None)


def is_repeated(task: Task, done: Done) -> bool:
    """Tell whether a task that was done is done again, since it does nothing but read and reckon here."""
    if task.outer is not None or (task.module is not None and task.module.pure):
        return True
    return not done.whole and _is_local(task)


def _is_done_again(task: Task, done: Done) -> bool:
    """Tell whether a task is done again on its host, since of its result too little was kept.

    That is so where it does no harm, as it changed nothing, or looks first; and where it may be asked for.
    """
    if _is_local(task):
        return False
    return not done.result.changed or (
        bool(task.register) and task.module is not None and task.module.repeatable
    )


def _is_local(task: Task) -> bool:
    return task.module is not None and not task.module.remote


def _usable(task: Task, done: Done) -> Done | None:
    """Return what can be taken of what was done, None where the task has to be done again.

    Values of which not all was kept are left out: nobody may take a mask for one.
    """
    if done.whole:
        return done
    if _is_done_again(task, done):
        return None
    kept = {key: value for key, value in done.result.data.items() if not isinstance(value, str | list | dict)}
    return done._replace(result=replace(done.result, data=kept))


def _is_same(done: Done, task: Task) -> bool:
    return _place(done.origin) == _place(task.info.origin) and done.module == task.info.module


def _place(origin: Origin | None) -> tuple[str, int, int] | None:
    return (Path(origin.file).name, origin.line, origin.column) if origin else None


def _is_like(done: Done, task: Task) -> bool:
    return done.name == task.info.name and done.module == task.info.module


def _differs(task: Task, host: str, done: Done, run_id: str) -> InputError:
    place = f" ({done.origin})" if done.origin else ""
    return InputError.at(
        task.info.origin,
        f"{host} comes to '{task.info.name}' here, where run {run_id} has done '{done.name}'{place}",
        hint="a file or a value that decides has changed since; with --changed tasks are told by their names",
    )
