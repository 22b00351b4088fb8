"""The audit's rows: only ever added, each with the hash of itself and of all before it.

A row that is altered, removed or put in between breaks the hashes behind it. The newest hash is kept beside
the rows, so that removing the last ones shows as well; who writes it down elsewhere can also prove that
nobody made the whole chain anew.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from .store import Execute, Row, Store


class Entry(NamedTuple):
    """A row of the audit: something that happened, to one host or one thing on it.

    `kind` is `started`, `changed`, `failed`, `decided` or `finished`; `what` the kind of the thing that
    changed (`package`, `file`), `name` which one, `old` and `new` how it was and is. Of a decision `what`
    says which it was (`pause`, `resume`, `abort`, `skip`), `who` whose, and `new` why. `time` is in seconds
    since the epoch, `seq` the place of the result in its run.
    """

    time: float
    run_id: str
    seq: int
    who: str
    kind: str
    host: str | None = None
    task: str | None = None
    module: str | None = None
    what: str | None = None
    name: str | None = None
    old: str | None = None
    new: str | None = None


COLUMNS = Entry._fields
_text = json.JSONEncoder(ensure_ascii=True, separators=(",", ":")).encode

_START = "0" * 64
_INSERT = f"INSERT INTO audit (id, {', '.join(COLUMNS)}, hash) VALUES ({', '.join('?' * (len(COLUMNS) + 2))})"  # noqa: S608
_PART = f"SELECT id, {', '.join(COLUMNS)}, hash FROM audit WHERE id >= ? AND id <= ? ORDER BY id"  # noqa: S608
_NO_END = 2**62


class Head(NamedTuple):
    """The newest row: its number, and the hash that stands for it and all before it. Written `12:5f0c…`."""

    number: int = 0
    hash: str = _START

    def __str__(self) -> str:
        return f"{self.number}:{self.hash}"


def append(execute: Execute, entries: Iterable[Entry]) -> None:
    """Add rows within a transaction: nobody else adds any as long as it lasts."""
    head = kept_head(execute("SELECT value FROM meta WHERE name = 'audit'")) or Head()
    begun = head
    for entry in entries:
        head = _next(head, entry)
        execute(_INSERT, (head.number, *entry, head.hash))
    if begun.number == 0:
        execute("DELETE FROM meta WHERE name = 'audit'")
        execute("INSERT INTO meta (name, value) VALUES ('audit', ?)", (str(head),))
    elif head != begun:
        execute("UPDATE meta SET value = ? WHERE name = 'audit'", (str(head),))


def kept_head(rows: Iterable[Row]) -> Head | None:
    """Return the head that is kept beside the rows, None before the first one."""
    for (value,) in rows:
        number, _, digest = str(value).partition(":")
        return Head(int(number), digest)
    return None


def broken(
    store: Store, noted: Head | None = None, *, first: int = 1, last: int | None = None
) -> Iterator[str]:
    """Yield what shows that the audit isn't as it was written, nothing if it is.

    Args:
        store: the ledger.
        noted: a head that somebody wrote down earlier.
        first: the first row to look at; the one before is believed.
        last: the last row to look at; None for all, and that none is missing at the end.
    """
    head = _believed(store, first - 1)
    for row in store.rows(_PART, (first, _NO_END if last is None else last)):
        number, digest = int(row[0]), str(row[-1])
        expected = _next(head, Entry(*row[1:-1]))
        if number != expected.number:
            missing = (
                f"row {expected.number}"
                if number == expected.number + 1
                else (f"rows {expected.number} to {number - 1}")
            )
            yield f"{missing} removed" if number > expected.number else f"row {number} put in"
        elif digest != expected.hash:
            yield f"row {number} is not as it was written, or one was put in or removed just before it"
        head = Head(number, digest)
        if noted and noted.number == number and noted.hash != digest:
            yield f"row {number} has another hash than the one that was noted: the chain was made anew"
    if last is None:
        yield from _ends(head, kept_head(store.rows("SELECT value FROM meta WHERE name = 'audit'")), noted)


def _believed(store: Store, number: int) -> Head:
    rows = store.rows("SELECT hash FROM audit WHERE id = ?", (number,)) if number else iter(())
    return next((Head(number, str(row[0])) for row in rows), Head(number))


def _ends(head: Head, kept: Head | None, noted: Head | None) -> Iterator[str]:
    expected = kept or Head()
    if head.number < expected.number:
        yield f"the rows after {head.number} are gone: there were {expected.number}"
    elif head != expected:
        yield f"the newest row is {head.number}, but the last one written was {expected.number}"
    if noted and noted.number > head.number:
        yield f"row {noted.number}, which was noted, is gone"


def _next(head: Head, entry: Entry) -> Head:
    number = head.number + 1
    text = _text([head.hash, number, *entry])
    return Head(number, hashlib.sha256(text.encode()).hexdigest())
