"""From a run's events to the ledger's rows."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from opsflow.core import changes
from opsflow.core.errors import OpsFlowError
from opsflow.core.events import (
    BatchFinished,
    BatchStarted,
    Decided,
    ErrorsCleared,
    Event,
    HostFinished,
    HostRecalled,
    ItemFinished,
    PlayFinished,
    PlayStarted,
    RunFinished,
    RunStarted,
    TaskFinished,
    TaskInfo,
    TaskStarted,
    Warned,
)
from opsflow.core.failures import failure_message
from opsflow.core.jsonable import jsonable
from opsflow.core.origin import Origin
from opsflow.core.redact import Redactor
from opsflow.core.results import RunSummary, TaskResult

from .chain import Entry
from .control import ANSWER, Inbox, Request
from .header import Header, Place, digest, digests, git_state, secrets_in, versions
from .keeping import remove_old, remove_outputs
from .packing import BEFORE_AFTER, dumped, packed
from .place import LedgerError, state_directory
from .store import Store, Value
from .writer import PATIENCE, Transaction, Writer


class Recorder:
    """A subscriber that keeps a run: what was on the screen, who started it, and what it changed.

    Only what has no time to lose is done here; the writer does the rest while the run goes on. What looks
    like a secret in the command line is masked in all of the record.
    """

    def __init__(
        self,
        store: Store,
        header: Header,
        *,
        keep: float = 0.0,
        clock: Callable[[], float] = time.time,
        outputs: Path | None = None,
        patience: float = PATIENCE,
    ) -> None:
        """Begin to write into an open ledger, which is closed with us.

        Args:
            store: the ledger.
            header: what is known of the run before it begins.
            keep: seconds for which the results of runs are kept, 0 for ever.
            clock: gives seconds since the epoch.
            outputs: where output is kept that is too long for a row.
            patience: seconds for which a locked ledger is tried again.
        """
        self._header = header
        self._keep = keep
        self._clock = clock
        self._outputs = outputs or state_directory() / "output"
        self._place = Place.here()
        self._redactor = Redactor()
        for secret in secrets_in(header.arguments):
            self._redactor.add(secret)
        self._run = RunStarted("", [], 0.0, False)
        self._number = 0  # of the run in the ledger; the writer's own
        self._inbox: Inbox | None = None
        self._hear: Callable[[Request], None] | None = None
        self._seq = 0
        self._play: int | None = None
        self._wave: int | None = None
        self._wave_hosts: list[str] = []
        self._tasks: dict[tuple[int, str], int] = {}
        self._latest: dict[int, int] = {}
        self._done: dict[int, dict[int, None]] = {}  # with `free` each host begins and ends a task by itself
        self._items: dict[tuple[int, str], list[ItemFinished]] = {}
        self._takers: dict[type, Callable[[Any], None]] = {
            HostFinished: self._host_finished,
            HostRecalled: self._host_recalled,
            ItemFinished: self._item_finished,
            TaskStarted: self._task_started,
            TaskFinished: self._task_finished,
            RunStarted: self._run_started,
            PlayStarted: self._play_started,
            BatchStarted: self._batch_started,
            BatchFinished: self._batch_finished,
            PlayFinished: self._play_finished,
            ErrorsCleared: self._noted,
            Warned: self._noted,
            Decided: self._decided,
            RunFinished: self._run_finished,
        }
        self._start: dict[str, Value] = {}
        self._writer = Writer(store, begin=self._look, look=self._read, idle=self._seen, patience=patience)

    @property
    def error(self) -> LedgerError | None:
        """Why nothing more is written, None as long as all is well."""
        return self._writer.error

    def __call__(self, event: Event) -> None:
        """Have an event written."""
        if taker := self._takers.get(type(event)):
            self._seq += 1
            taker(self._redactor.value(event))

    def listen(self, hear: Callable[[Request], None] | None) -> None:
        """Have `hear` called with what people ask of the run, by another thread; None for no more of it."""
        self._hear = hear

    def answer(self, request: Request, said: str | OpsFlowError) -> None:
        """Tell who asked what came of it: a sentence, or why it was refused."""
        refused = isinstance(said, OpsFlowError)
        told = {"message": said.message, "hint": said.hint} if refused else {"message": said}
        answer = json.dumps(self._redactor.value(told))
        values = (self._clock(), int(refused), answer, request.number)

        def job(transaction: Transaction) -> None:
            transaction.execute(ANSWER, values)

        self._writer.put(job)

    async def settled(self) -> bool:
        """Wait until all that was told is written; return whether it is."""
        return await asyncio.to_thread(self._writer.settle)

    def close(self) -> LedgerError | None:
        """Write what waits still, and return what went wrong."""
        return self._writer.close()

    # the run

    def _run_started(self, event: RunStarted) -> None:
        self._run = event

        def job(transaction: Transaction) -> None:
            row = {**self._start, "run_id": event.run_id, "started": event.started,
                   "playbooks": json.dumps(event.playbooks), "check_mode": int(event.check),
                   "resumes": event.resumes}  # fmt: skip
            found = transaction.execute("SELECT coalesce(max(number), 0) + 1 FROM runs")
            self._number = int(found[0][0])
            _insert(transaction, "runs", {"number": self._number, **row})
            self._inbox = Inbox(self._number)
            what = {"task": row["command"], "what": "check" if event.check else None}
            transaction.audit(self._entry("started", 0, event.started, **what))

        self._writer.put(job)
        if self._keep:
            self._writer.put(self._forget)

    def _forget(self, transaction: Transaction) -> None:
        gone = remove_old(transaction.execute, self._clock() - self._keep, self._number)
        remove_outputs(self._outputs, gone)

    def _look(self) -> None:
        """Find out what takes a moment; the writer does it before it begins."""
        header = self._header
        commit, dirty = git_state(header.playbook_dir)
        self._start = {
            **asdict(self._place),
            "command": header.command(),
            "playbooks_digest": digest(header.files),
            "files": json.dumps(digests([*header.files, *header.inventory])),
            "git_commit": commit,
            "git_dirty": None if dirty is None else int(dirty),
            "inventory": json.dumps([header.mask(source) for source in header.inventory]),
            "inventory_digest": digest(header.inventory),
            "versions": json.dumps(versions()),
            "seen": self._clock(),
        }

    def _read(self, store: Store) -> None:
        if self._inbox and self._hear:
            for request in self._inbox.new(store):
                self._hear(request)

    def _seen(self, transaction: Transaction) -> None:
        if self._number:
            values = (self._clock(), self._number)
            transaction.execute("UPDATE runs SET seen = ? WHERE number = ?", values)

    def _run_finished(self, event: RunFinished) -> None:
        ended, seq, summary = self._clock(), self._seq, event.summary
        row = {**_counts(summary), "ended": ended, "seen": ended, "end_seq": seq,
               "details": json.dumps(jsonable(event.details)),
               "unfinished": json.dumps(summary.unfinished)}  # fmt: skip
        self._update("runs", row, "number = ?", ())
        entry = self._entry("finished", seq, ended, new=summary.outcome)
        self._writer.put(lambda transaction: transaction.audit(entry))

    # plays, waves and what stands beside tasks

    def _play_started(self, event: PlayStarted) -> None:
        self._play, self._wave, self._wave_hosts = self._seq, None, event.hosts
        hosts = json.dumps(event.hosts)
        self._insert("plays", name=event.name, hosts=hosts, batches=event.batches, started=self._clock())

    def _play_finished(self, event: PlayFinished) -> None:
        row = {"ended": self._clock(), "end_seq": self._seq, "stopped": event.stopped}
        self._update("plays", row, "run = ? AND seq = ?", (self._play,))

    def _batch_started(self, event: BatchStarted) -> None:
        self._wave, self._wave_hosts = self._seq, event.hosts
        self._insert("waves", play=self._play, number=event.number, total=event.total,
                     hosts=json.dumps(event.hosts), started=self._clock())  # fmt: skip

    def _batch_finished(self, event: BatchFinished) -> None:
        row = {"ended": self._clock(), "end_seq": self._seq, "failed": json.dumps(event.failed)}
        self._update("waves", row, "run = ? AND seq = ?", (self._wave,))

    def _noted(self, event: Warned | ErrorsCleared) -> None:
        kind = "warned" if isinstance(event, Warned) else "errors_cleared"
        self._insert("notes", time=self._clock(), kind=kind, data=json.dumps(jsonable(event)))

    def _decided(self, event: Decided) -> None:
        data = json.dumps(jsonable(event))
        self._insert("notes", time=self._clock(), kind="decided", data=data)
        if event.what == "pause":
            self._update("runs", {"paused": data}, "number = ? AND paused IS NULL", ())
        elif event.what == "resume":
            self._update("runs", {"paused": None}, "number = ?", ())
        for host in event.hosts or [None]:
            name = "now" if event.now else None
            entry = Entry(self._clock(), self._run.run_id, self._seq, event.by, "decided", host=host,
                          what=event.what, name=name, new=event.reason)  # fmt: skip
            self._writer.put(lambda transaction, entry=entry: transaction.audit(entry))

    # tasks and results

    def _task_started(self, event: TaskStarted) -> None:
        self._latest[event.task.key] = self._seq
        self._tasks.update(dict.fromkeys(((event.task.key, host) for host in event.hosts), self._seq))
        hosts = None if event.hosts == self._wave_hosts else json.dumps(event.hosts)
        self._insert("tasks", wave=self._wave, hosts=hosts, started=self._clock(), **_task_row(event.task))

    def _task_finished(self, event: TaskFinished) -> None:
        key = event.task.key
        done = self._done.get(key, {})
        begun = next(iter(done), self._latest.get(key, 0))
        done.pop(begun, None)
        row = {"ended": self._clock(), "end_seq": self._seq}
        self._update("tasks", row, "run = ? AND seq = ?", (begun,))

    def _item_finished(self, event: ItemFinished) -> None:
        self._items.setdefault((event.task.key, event.host), []).append(event)

    def _host_finished(self, event: HostFinished) -> None:
        result, key = event.result, (event.task.key, event.host)
        seq, ended = self._seq, self._clock()
        begun = self._tasks.pop(key, None) or self._latest.get(event.task.key, 0)
        self._done.setdefault(event.task.key, {})[begun] = None
        items = [[item.label, item.result.status.value] for item in self._items.pop(key, ())]
        data = dumped(_kept(result))
        row = (
            seq, begun, event.host,
            event.delegated_to, result.status.value, int(event.rescued), event.retries, int(result.censored),
            ended, result.duration, json.dumps(items) if items else None,
        )  # fmt: skip
        entries = self._entries(event, seq, ended)

        def job(transaction: Transaction) -> None:
            kept = packed(data, self._outputs / self._run.run_id, str(seq))
            transaction.execute(_RESULT, (self._number, *row, *kept))
            for entry in entries:
                transaction.audit(entry)

        self._writer.put(job)

    def _host_recalled(self, event: HostRecalled) -> None:
        run, seq = event.source
        self._insert("recalled", host=event.host, from_run=run, from_seq=seq)

    def _entries(self, event: HostFinished, seq: int, ended: float) -> list[Entry]:
        result, task = event.result, event.task
        if self._run.check:
            return []
        where = {"host": event.delegated_to or event.host, "task": task.name, "module": task.module}
        found: list[Entry] = []
        if changes.has_changed(task.module, result):
            for thing in changes.things(result):
                found.append(self._entry("changed", seq, ended, **where, **thing._asdict()))  # noqa: PERF401
        if changes.has_failed(result):
            message = failure_message(result)[: changes.LONGEST]
            found.append(self._entry("failed", seq, ended, **where, new=message))
        return found

    # rows

    def _entry(self, kind: str, seq: int, moment: float, **more: Any) -> Entry:
        who = f"{self._place.who} at {self._place.node}"
        return Entry(moment, self._run.run_id, seq, who, kind, **more)

    def _insert(self, table: str, **row: Value) -> None:
        seq = self._seq
        self._writer.put(
            lambda transaction: _insert(transaction, table, {"run": self._number, "seq": seq, **row})
        )

    def _update(self, table: str, row: dict[str, Any], where: str, which: tuple[Value, ...]) -> None:
        changed = ", ".join(f"{name} = ?" for name in row)
        sql = f"UPDATE {table} SET {changed} WHERE {where}"  # noqa: S608

        def job(transaction: Transaction) -> None:
            transaction.execute(sql, (*row.values(), self._number, *which))

        self._writer.put(job)


_RESULT = (
    "INSERT INTO results (run, seq, task, host, delegated_to, status, rescued, retries, censored, ended, "
    "duration, items, data, packed, file) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


def _kept(result: TaskResult) -> Mapping[str, Any]:
    if result.censored or not result.before_after:
        return result.public()
    return {**result.data, BEFORE_AFTER: result.before_after}


def _insert(transaction: Transaction, table: str, row: dict[str, Any]) -> None:
    marks = ", ".join("?" * len(row))
    sql = f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})"  # noqa: S608
    transaction.execute(sql, tuple(row.values()))


def _task_row(task: TaskInfo) -> dict[str, Value]:
    return {
        "task_key": task.key,
        "name": task.name,
        "module": task.module,
        "origin": _place(task.origin),
        "trail": json.dumps([list(place) for place in task.trail]) if task.trail else None,
        "section": task.section,
        "handler": int(task.handler),
    }


def _place(origin: Origin | None) -> str | None:
    return json.dumps(list(origin)) if origin else None


def _counts(summary: RunSummary) -> dict[str, Value]:
    stats = [host.stats for host in summary.hosts.values()]
    return {
        "outcome": summary.outcome,
        "exit_code": summary.exit_code,
        "hosts": len(stats),
        "changed": sum(1 for one in stats if one.changed),
        "failed": sum(1 for one in stats if one.failed),
        "unreachable": sum(1 for one in stats if one.unreachable),
        "stopped": summary.stopped,
        "interrupted": int(summary.interrupted),
        "not_reached": json.dumps(summary.not_reached),
    }
