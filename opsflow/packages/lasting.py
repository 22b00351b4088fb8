"""Calls that survive the connection: the work goes on, we come back to it and tell what it says meanwhile."""

from __future__ import annotations

import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any

from opsflow.core.drivers import Host
from opsflow.core.errors import TaskError, Unreachable

Events = Callable[[Mapping[str, Any]], None]

BACK = 300.0
"""Seconds for which a host that went away during a work is tried again."""


async def lasting(host: Host, fn: str, args: Mapping[str, Any], on_event: Events | None) -> dict[str, Any]:
    """Call a function on a host in a process that goes on without us; return its result.

    Work that another run has begun there is followed to its end first, and told. When the connection is lost
    it is made anew and the work is found again.

    Args:
        host: the session.
        fn: the function of `opsflow.target`, and `args` its arguments.
        on_event: called with each event; without it output and progress are shown as the task's.

    Raises:
        TaskError: the function failed, or its process ended without a result.
        Unreachable: the host did not come back in time. The work goes on, and the next run finds it.
    """
    own = f"{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(4)}"
    follower = _Follower(host, on_event or host.show)
    while True:
        found = await follower.again(lambda: host.call(fn, args, lasting=own))
        if found["work"] == own:
            return await follower.result(own)
        if found["work"]:
            since = time.strftime("%H:%M", time.localtime(found["started"]))
            follower.say(f"waiting for work that {found['owner']} began at {since}")
            with suppress(TaskError):  # what came of it is told to those who began it, and seen by us below
                await follower.result(found["work"], own=False)


async def unbroken(host: Host, fn: str, args: Mapping[str, Any], on_event: Events | None) -> dict[str, Any]:
    """Call a function as `lasting` does, and once more where it was broken off: it takes up what it finds.

    Raises TaskError and Unreachable as that does.
    """
    try:
        return await lasting(host, fn, args, on_event)
    except TaskError as error:
        if not error.data.get("broken_off"):
            raise
    message = "the work was broken off, the host went down or its process was killed: going on with it"
    (on_event or host.show)({"type": "progress", "message": message, "percent": None})
    return await lasting(host, fn, args, on_event)


async def steady(
    host: Host,
    fn: str,
    args: Mapping[str, Any] | None = None,
    *,
    check: bool | None = None,
    on_event: Events | None = None,
) -> dict[str, Any]:
    """Call a function that may be called twice: anew, where the connection is lost meanwhile.

    Raises TaskError and Unreachable as `lasting` does.
    """
    follower = _Follower(host, on_event or host.show)
    return await follower.again(lambda: host.call(fn, args, check=check, on_event=on_event), "")


class _Follower:
    """Watches works on one host, over as many connections as it takes."""

    def __init__(self, host: Host, on_event: Events) -> None:
        self.host = host
        self.on_event = on_event
        self.seen = 0

    async def result(self, work: str, *, own: bool = True) -> dict[str, Any]:
        """Return the result of a work when it has ended; see `opsflow.target.lasting.follow`."""
        self.seen = 0

        def follow() -> Awaitable[dict[str, Any]]:
            args = {"work": work, "seen": self.seen, "own": own}
            return self.host.call("lasting.follow", args, on_event=self.take)

        return await self.again(follow)

    async def again(
        self, call: Callable[[], Awaitable[dict[str, Any]]], note: str = ", the work goes on"
    ) -> dict[str, Any]:
        """Return what a call returns, on a new connection where the old one is lost."""
        while True:
            try:
                return await call()
            except Unreachable as error:
                if error.kind != "lost":
                    raise
                self.say(f"the connection was lost{note}: connecting again")
                try:
                    await self.host.reconnect(BACK)
                except Unreachable as left:
                    message = f"{left.message}; the work goes on there, and the next run finds it"
                    message = message if note else left.message
                    raise Unreachable(message, kind=left.kind, hint=left.hint) from error
                self.say("connected again")

    def take(self, event: Mapping[str, Any]) -> None:
        """Hand an event on, remembering how far the work's record has been read."""
        self.seen = event.get("seen", self.seen)
        self.on_event(event)

    def say(self, message: str) -> None:
        """Show something of our own as progress."""
        self.on_event({"type": "progress", "message": message, "percent": None})
