"""Messages to notifiers, from when they are written until somebody has them: what is kept survives us.

A message waits until it is sent, or given up when it is too old. One that a route's limit holds back is
`held` until it is folded into another one with all that are held like it. A process that is about to send
one takes it, and no other does as long as that process is there and the time has not run out.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from opsflow.core.jsonable import iso_time

from .header import started
from .store import Execute, Row, Store

GIVE_UP_S = 7 * 86_400.0
"""Seconds after which a message that nobody took is given up."""
TAKEN_S = 300.0
"""Seconds for which a message that is being sent belongs to who sends it."""

Merge = Callable[[str, Sequence[bytes]], tuple[bytes, str, str, str]]
"""Makes one message of several, given its id; returns it with its event, severity and title."""


@dataclass(frozen=True, slots=True)
class Way:
    """By which a message goes: a notifier's name, the file that configures it, and the route's name."""

    source: str
    notifier: str
    route: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    """A message on its way. `taken`: a process is sending it. `message` is packed, None once it is gone."""

    id: str
    run_id: str
    way: Way
    event: str
    severity: str
    title: str
    created: float
    state: str = "waiting"
    attempts: int = 0
    ended: float | None = None
    error: str | None = None
    taken: bool = False
    message: bytes | None = None

    def data(self) -> dict[str, Any]:
        """Return what JSON knows of it: all but the message."""
        return {
            "id": self.id,
            "run_id": self.run_id,
            "notifier": self.way.notifier,
            "route": self.way.route or None,
            "event": self.event,
            "severity": self.severity,
            "title": self.title,
            "created": iso_time(self.created),
            "state": self.state,
            "attempts": self.attempts,
            "ended": iso_time(self.ended) if self.ended else None,
            "error": self.error,
        }


_COLUMNS = ("id, run_id, source, notifier, route, event, severity, title, created, state, attempts, ended, "
            "error, owner IS NOT NULL")  # fmt: skip
_BY_NAME = "source = ? AND notifier = ?"
_BY_WAY = f"{_BY_NAME} AND route = ?"


def _letter(row: Row) -> Letter:
    id_, run_id, source, notifier, route, *rest, taken = row[:14]
    values: tuple[Any, ...] = (id_, run_id, Way(source, notifier, route), *rest, bool(taken), *row[14:])
    return Letter(*values)


class Outbox:
    """The messages of a ledger. All of its methods raise LedgerError."""

    def __init__(self, store: Store, clock: Callable[[], float] = time.time) -> None:
        """`clock` gives seconds since the epoch. The store is closed with us."""
        self._store = store
        self._clock = clock
        self._owner = f"{socket.gethostname()} {os.getpid()} {started(os.getpid())}"

    def close(self) -> None:
        """Close the store."""
        self._store.close()

    def put(self, letter: Letter, *, at_most: int | None = None, per: float = 0.0) -> bool:
        """Keep a message until it is sent.

        Args:
            letter: the message.
            at_most: how many of its way may be written in `per` seconds; what is more is held.
            per: seconds.

        Returns:
            Whether it may go now.
        """
        with self._store.transaction() as execute:
            free = at_most is None or _written(execute, letter.way, letter.created - per) < at_most
            _insert(execute, letter, "waiting" if free else "held")
        return free

    def take(self, source: str, notifier: str, skip: Collection[str] = ()) -> Letter | None:
        """Take the oldest message that waits for a notifier and that nobody else is sending.

        It is ours until `sent` or `failed`. `skip` are ids that are not wanted.
        """
        sql = f"SELECT id, owner, until FROM notifications WHERE {_BY_NAME} AND state = 'waiting' ORDER BY created, id"  # noqa: E501, S608
        now = self._clock()
        with self._store.transaction() as execute:
            rows = execute(sql, (source, notifier))
            left = ((id_, owner, until) for id_, owner, until in rows if id_ not in skip)
            found = next((id_ for id_, owner, until in left if not self._taken(owner, until, now)), None)
            if found is None:
                return None
            execute(_TAKE, (self._owner, now + TAKEN_S, found))
            (row,) = execute(f"SELECT {_COLUMNS}, message FROM notifications WHERE id = ?", (found,))  # noqa: S608
            return _letter(row)

    def _taken(self, owner: str | None, until: float | None, now: float) -> bool:
        """Tell whether a process that is there still has a message; one elsewhere until its time is up."""
        if owner is None or until is None or until < now:
            return False
        node, pid, since = owner.rsplit(" ", 2)
        return owner == self._owner or node != socket.gethostname() or started(int(pid)) == int(since)

    def sent(self, id: str, error: str | None = None) -> None:
        """Note that a message that we took was delivered; `error` tells to whom it was not."""
        sql = ("UPDATE notifications SET state = 'sent', ended = ?, owner = NULL, until = NULL, error = ?, "
               "message = NULL WHERE id = ?")  # fmt: skip
        with self._store.transaction() as execute:
            execute(sql, (self._clock(), error, id))

    def failed(self, id: str, error: str) -> None:
        """Give back a message that we took and could not deliver."""
        sql = "UPDATE notifications SET owner = NULL, until = NULL, error = ? WHERE id = ? AND owner = ?"
        with self._store.transaction() as execute:
            execute(sql, (error, id, self._owner))

    def release(
        self, way: Way, id: str, merge: Merge, *, at_most: int, per: float, over: bool = False
    ) -> bool:
        """Fold the messages of a way that are held into one that waits, if it is time to.

        Args:
            way: whose messages.
            id: that of the new message.
            merge: makes it.
            at_most: as of `put`.
            per: seconds.
            over: the run has ended: one such message in `per` seconds goes beyond the limit.

        Returns:
            Whether there is a new message.
        """
        since, by_way = self._clock() - per, (way.source, way.notifier, way.route)
        held = f"SELECT id, run_id, message FROM notifications WHERE {_BY_WAY} AND state = 'held' ORDER BY created, id"  # noqa: E501, S608
        with self._store.transaction() as execute:
            rows = execute(held, by_way)
            free = _written(execute, way, since) < at_most or (over and not _folded(execute, way, since))
            if not rows or not free:
                return False
            message, event, severity, title = merge(id, [bytes(row[2]) for row in rows])
            letter = Letter(id, rows[-1][1], way, event, severity, title, self._clock(), message=message)
            _insert(execute, letter, "waiting", folded=len(rows))
            fold = "UPDATE notifications SET state = 'folded', ended = ?, message = NULL WHERE id = ?"
            for row in rows:
                execute(fold, (letter.created, row[0]))
        return True

    def give_up(self) -> int:
        """Give up what has waited for too long, and return how many that are."""
        now = self._clock()
        sql = ("UPDATE notifications SET state = 'given up', ended = ?, message = NULL, owner = NULL "
               "WHERE state IN ('waiting', 'held') AND created < ? RETURNING id")  # fmt: skip
        if not list(self._store.rows(_OLD, (now - GIVE_UP_S,))):
            return 0
        with self._store.transaction() as execute:
            return len(execute(sql, (now, now - GIVE_UP_S)))


_TAKE = "UPDATE notifications SET owner = ?, until = ?, attempts = attempts + 1 WHERE id = ?"
_OLD = "SELECT id FROM notifications WHERE state IN ('waiting', 'held') AND created < ? LIMIT 1"


def _insert(execute: Execute, letter: Letter, state: str, folded: int = 0) -> None:
    way = letter.way
    execute(
        "INSERT INTO notifications (id, run_id, source, notifier, route, event, severity, title, created, "
        "state, attempts, folded, message) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?)",
        (letter.id, letter.run_id, way.source, way.notifier, way.route, letter.event, letter.severity,
         letter.title, letter.created, state, folded, letter.message),
    )  # fmt: skip


def _written(execute: Execute, way: Way, since: float) -> int:
    """Return how many messages of a way were let go since a time, not counting those that fold others."""
    sql = (f"SELECT count(*) FROM notifications WHERE {_BY_WAY} AND created > ? AND folded = 0 "  # noqa: S608
           "AND state IN ('waiting', 'sent', 'given up')")  # fmt: skip
    return int(execute(sql, (way.source, way.notifier, way.route, since))[0][0])


def _folded(execute: Execute, way: Way, since: float) -> int:
    sql = f"SELECT count(*) FROM notifications WHERE {_BY_WAY} AND created > ? AND folded > 0"  # noqa: S608
    return int(execute(sql, (way.source, way.notifier, way.route, since))[0][0])


def letters(store: Store, *, run_id: str | None = None, states: Sequence[str] = ()) -> list[Letter]:
    """Return messages without their content, the oldest first: of a run, or in some states."""
    conditions, values = ["1 = 1"], list[str]()
    if run_id is not None:
        conditions.append("run_id = ?")
        values.append(run_id)
    if states:
        conditions.append(f"state IN ({', '.join('?' * len(states))})")
        values += states
    sql = f"SELECT {_COLUMNS} FROM notifications WHERE {' AND '.join(conditions)} ORDER BY created, id"  # noqa: S608
    return [_letter(row) for row in store.rows(sql, values)]
