"""Questions to the audit: what changed on a host, who changed a package or a file, when."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from opsflow.core.errors import UsageError
from opsflow.core.jsonable import iso_time

from .chain import COLUMNS, Entry
from .store import Store, Value

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_AGO = re.compile(r"(\d+)\s*([smhdw])\Z")


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked for. `who`, `host`, `package` and `path` may hold `*`; times are since the epoch."""

    since: float | None = None
    until: float | None = None
    host: str | None = None
    who: str | None = None
    run_id: str | None = None
    package: str | None = None
    path: str | None = None
    changes: bool = False
    limit: int | None = None

    def conditions(self) -> Iterator[tuple[str, list[Value]]]:
        """Yield each condition of SQL with its parameters."""
        if self.since is not None:
            yield "time >= ?", [self.since]
        if self.until is not None:
            yield "time < ?", [self.until]
        if self.run_id is not None:
            yield "run_id = ?", [self.run_id]
        if self.changes:
            yield "kind = 'changed'", []
        if self.host is not None:
            yield _like("host", self.host)
        if self.who is not None:
            yield _like("who", self.who if "*" in self.who else f"{self.who}*")
        for what, name in (("package", self.package), ("file", self.path)):
            if name is not None:
                sql, values = _like("name", name)
                yield f"what = '{what}' AND {sql}", values


def _like(column: str, pattern: str) -> tuple[str, list[Value]]:
    if "*" not in pattern:
        return f"{column} = ?", [pattern]
    escaped = re.sub(r"([\\%_])", r"\\\1", pattern).replace("*", "%")
    # An expression is in no index: with one, all that fits would be sorted before the newest are taken.
    return f"({column} || '') LIKE ? ESCAPE '\\'", [escaped]


@dataclass(frozen=True, slots=True)
class Kept:
    """A row of the audit with its number and its hash."""

    number: int
    entry: Entry
    hash: str

    def data(self) -> dict[str, Any]:
        """Return the row as JSON knows it."""
        return {
            "id": self.number,
            **self.entry._asdict(),
            "time": iso_time(self.entry.time),
            "hash": self.hash,
        }


def entries(store: Store, question: Question) -> Iterator[Kept]:
    """Yield the rows that answer a question, the oldest first; with a limit, the newest of them."""
    found = list(question.conditions())
    where = " AND ".join(sql for sql, _ in found) or "1 = 1"
    parameters = [value for _, values in found for value in values]
    sql = f"SELECT id, {', '.join(COLUMNS)}, hash FROM audit WHERE {where}"  # noqa: S608
    if question.limit is None:
        rows = store.rows(f"{sql} ORDER BY id", parameters)
    else:
        newest = store.rows(f"{sql} ORDER BY id DESC LIMIT ?", [*parameters, question.limit])
        rows = reversed(list(newest))
    for row in rows:
        yield Kept(int(row[0]), Entry(*row[1:-1]), str(row[-1]))


def seconds(text: str) -> float:
    """Return how long a person means: `90m`, `12h`, `7d`, `2w`. Raises UsageError."""
    if found := _AGO.match(text.strip()):
        return float(int(found[1]) * _UNITS[found[2]])
    raise UsageError(f"'{text}' is no length of time", hint="such as 90m, 12h or 7d")


def moment(text: str, now: float | None = None) -> float:
    """Return what a person means by a time: `2026-11-21`, `2026-11-21T14:30`, `90m`, `12h`, `7d`, `2w` ago.

    Times without a zone are of this machine's. Raises UsageError.
    """
    if ago := _AGO.match(text.strip()):
        return (time.time() if now is None else now) - int(ago[1]) * _UNITS[ago[2]]
    try:
        return datetime.fromisoformat(text.strip()).timestamp()
    except (ValueError, OverflowError):
        hint = "such as 2026-11-21, 2026-11-21T14:30, 12h or 7d (ago)"
        raise UsageError(f"'{text}' is no time", hint=hint) from None
