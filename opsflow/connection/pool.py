"""All sessions of a run."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING

from .local import LocalTransport
from .process import Transport
from .session import Session
from .settings import ConnectionSettings

if TYPE_CHECKING:
    from .ssh_connect import SshConnector

log = logging.getLogger("opsflow.connection")

CLOSE_TIMEOUT = 10.0  # seconds for all sessions together


class Connections:
    """Gives out a session for each host, and closes them all at the end of `async with`."""

    def __init__(self) -> None:
        self._sessions: dict[ConnectionSettings, Session] = {}
        self._ssh: SshConnector | None = None

    def session(self, settings: ConnectionSettings) -> Session:
        """Return the session of a host; it is the same for the same settings."""
        if settings not in self._sessions:
            self._sessions[settings] = Session(settings, self._connect)
        return self._sessions[settings]

    async def _connect(self, settings: ConnectionSettings, timeout: float | None) -> Transport:
        if settings.connection == "local":
            return LocalTransport()
        if self._ssh is None:
            from .asyncssh_import import import_asyncssh

            import_asyncssh()
            from .ssh_connect import SshConnector

            self._ssh = SshConnector()
        return await self._ssh.connect(settings, timeout=timeout)

    async def reset(self, host: str) -> None:
        """Drop all connections of a host, so that the next use connects anew.

        Args:
            host: its name in the inventory.
        """
        for settings, session in list(self._sessions.items()):
            if settings.host_name == host:
                await session.reset()

    def round_trips(self) -> dict[str, int]:
        """Return how often each host was asked something and waited for, by its name in the inventory."""
        found: Counter[str] = Counter()
        for settings, session in self._sessions.items():
            found[settings.host_name] += session.round_trips
        return dict(found)

    def forget(self, runs: Sequence[str]) -> None:
        """Have all hosts remove their journals of some runs: all that they hold is known."""
        for session in self._sessions.values():
            session.forget(runs)

    async def close(self) -> None:
        """End all runners and connections, at once and within a bounded time."""
        tasks = [asyncio.create_task(session.close()) for session in self._sessions.values()]
        self._sessions.clear()
        if tasks:
            done, late = await asyncio.wait(tasks, timeout=CLOSE_TIMEOUT)
            for task in late:
                task.cancel()
            for task in done:
                if error := task.exception():
                    log.warning("closing a connection failed: %s", error)
        if self._ssh:
            await self._ssh.close()

    async def __aenter__(self) -> Connections:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
