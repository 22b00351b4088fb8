"""Who has a host: a run that works on it, or a person who wants it left alone."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from .errors import HostError
from .jsonable import iso_time

Kind = Literal["shared", "exclusive"]
"""How a run has a host: together with others that only look, or alone."""


class Holder(NamedTuple):
    """Who has a host. `run` is empty for a person; times are in seconds since the epoch.

    `until` is when it ends unless it is renewed, None where nobody knows or it has no end.
    """

    who: str
    node: str
    run: str = ""
    since: float = 0.0
    until: float | None = None
    reason: str = ""

    @property
    def owner(self) -> str:
        """Who it is, without when and why."""
        who = f"{self.who} at {self.node}" if self.node else self.who
        return f"run {self.run} of {who}" if self.run else who

    def __str__(self) -> str:
        since = f" since {_clock(self.since)}" if self.since else ""
        if self.run or not self.reason:
            return f"{self.owner} has it{since}"
        until = f" until {_clock(self.until)}" if self.until else ""
        return f"locked by {self.owner}{since}{until}: {self.reason}"

    def data(self) -> dict[str, Any]:
        """Return it as values of a result."""
        times = {name: getattr(self, name) for name in ("since", "until")}
        told = {"run": self.run, "who": self.who, "node": self.node, "reason": self.reason}
        return {**told, **{name: iso_time(at) if at else None for name, at in times.items()}}

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> Holder:
        """Return who a host says has its lock; what it says is text to show, and no more."""
        since = told.get("since")
        who, node, run = (_plain(told.get(name)) for name in ("who", "node", "run"))
        return cls(who, node, run, float(since) if isinstance(since, int | float) else 0.0)


class HostTaken(HostError):
    """A host is another's: nothing was done there, and the run does without it.

    `skipped` says that this is no failure, as a person wanted busy hosts to be left out.
    """

    def __init__(
        self, message: str, holder: Holder, *, skipped: bool = False, hint: str | None = None
    ) -> None:
        super().__init__(message, hint=hint)
        self.holder = holder
        self.skipped = skipped


def _clock(seconds: float) -> str:
    """Return a time of today as people read it, with the day where it is another one."""
    moment, now = time.localtime(seconds), time.localtime()
    today = moment[:3] == now[:3]
    return time.strftime("%H:%M:%S" if today else "%Y-%m-%d %H:%M", moment)


def _plain(value: object) -> str:
    return "".join(one for one in str(value or "")[:200] if one.isprintable())
