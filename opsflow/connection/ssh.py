"""One SSH connection to a host and the processes on it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any, cast

import asyncssh
from asyncssh import SSHClientChannel, SSHClientConnection, SSHClientSession

from opsflow.core.errors import Unreachable

from .process import Receiver
from .ssh_route import Proxy

_TERMINAL = "dumb"
_CLOSE_WAIT = 2.0  # seconds: for the goodbye


class SshTransport:
    """A connection that is up. `settled` is called when a program is up on it, too."""

    def __init__(
        self,
        host: str,
        connection: SSHClientConnection,
        settled: Callable[[], None],
        proxy: Proxy | None = None,
    ) -> None:
        self.host = host
        self.connection = connection
        self.settled = settled
        self._proxy = proxy

    @property
    def alive(self) -> bool:
        return not self.connection.is_closed()

    async def spawn(self, command: str, receiver: Receiver, *, pty: bool = False) -> SshProcess:
        try:
            opened = await self.connection.create_session(  # pyright: ignore
                lambda: SshProcess(receiver, pty),
                command,
                encoding=None,
                env=None,
                send_env=None,
                request_pty="force" if pty else False,
                term_type=_TERMINAL if pty else None,
            )
        except (asyncssh.Error, OSError) as error:
            raise Unreachable(
                f"{self.host} does not run commands for us: {error}",
                kind="other" if self.alive else "lost",
            ) from error
        return cast(SshProcess, opened[1])  # pyright: ignore[reportUnknownMemberType]

    async def close(self) -> None:
        self.connection.close()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.connection.wait_closed(), _CLOSE_WAIT)
        self.connection.abort()
        if self._proxy:
            await self._proxy.close()


class SshProcess(SSHClientSession[bytes]):
    """Feeds a remote process's output to its receiver."""

    def __init__(self, receiver: Receiver, pty: bool) -> None:
        self._receiver = receiver
        self._pty = pty
        self._status: int | None = None
        self._writable = asyncio.Event()
        self._writable.set()

    def connection_made(self, chan: SSHClientChannel[bytes]) -> None:
        self._channel: Any = chan

    def data_received(self, data: bytes, datatype: Any) -> None:
        if datatype is None:
            self._receiver.stdout(data)
        else:
            self._receiver.stderr(data)

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    def exit_status_received(self, status: int) -> None:
        self._status = status

    def exit_signal_received(self, signal: str, core_dumped: bool, msg: str, lang: str) -> None:
        self._status = -_SIGNALS.get(signal, 1)

    def connection_lost(self, exc: Exception | None) -> None:
        self._writable.set()
        self._receiver.ended(self._status, _reason(exc))

    def write(self, data: bytes) -> None:
        self._channel.write(data)

    async def drain(self) -> None:
        await self._writable.wait()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            if self._pty:  # a terminal in raw mode knows no end of input: hang up
                self._channel.close()
            else:
                self._channel.write_eof()

    def signal(self, name: str) -> None:
        with contextlib.suppress(OSError):
            self._channel.send_signal(name)


_SIGNALS = {"HUP": 1, "INT": 2, "QUIT": 3, "ILL": 4, "ABRT": 6, "KILL": 9, "SEGV": 11, "PIPE": 13, "TERM": 15}


def _reason(error: Exception | None) -> str:
    if error is None or isinstance(error, asyncssh.ConnectionLost):
        return str(error or "").removeprefix("Connection lost").strip()
    return str(error)
