"""Commands on the control node itself: `connection: local`."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shlex
import signal
import sys

from opsflow.core.errors import TaskError, Unreachable

from .channel import RunnerChannel
from .launch import start_runner
from .process import Receiver


class LocalTransport:
    """Starts processes on this machine, each in a session of its own."""

    alive = True

    def __init__(self) -> None:
        self._processes: set[LocalProcess] = set()

    async def spawn(self, command: str, receiver: Receiver, *, pty: bool = False) -> LocalProcess:
        if pty:
            raise TaskError("doas with a password needs a terminal, which a local connection does not have")
        loop = asyncio.get_running_loop()
        try:
            _, process = await loop.subprocess_exec(
                lambda: LocalProcess(receiver, self._processes),
                "/bin/sh",
                "-c",
                command,
                start_new_session=True,
                env=dict(os.environ),
            )
        except OSError as error:
            raise Unreachable(f"cannot run /bin/sh: {error.strerror}") from error
        return process

    def settled(self) -> None:
        """Nobody waits for it."""

    async def close(self) -> None:
        """Kill what has not ended by itself."""
        for process in list(self._processes):
            process.signal("KILL")


class LocalProcess(asyncio.SubprocessProtocol):
    """Feeds a process's output to its receiver."""

    def __init__(self, receiver: Receiver, running: set[LocalProcess]) -> None:
        self._receiver = receiver
        self._running = running
        self._writable = asyncio.Event()
        self._writable.set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.SubprocessTransport)
        self._transport = transport
        pipe = transport.get_pipe_transport(0)
        assert isinstance(pipe, asyncio.WriteTransport)
        self._stdin = pipe
        self._running.add(self)

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        if fd == 1:
            self._receiver.stdout(data)
        else:
            self._receiver.stderr(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._running.discard(self)
        self._writable.set()
        self._transport.close()
        self._receiver.ended(self._transport.get_returncode(), "")

    def write(self, data: bytes) -> None:
        if self._stdin.is_closing():
            raise BrokenPipeError("the process has ended")
        self._stdin.write(data)

    async def drain(self) -> None:
        await self._writable.wait()

    def close(self) -> None:
        self._stdin.close()

    def signal(self, name: str) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._transport.get_pid(), signal.Signals[f"SIG{name}"])


def own_python() -> str:
    """Return this interpreter, as a word for a shell."""
    return shlex.quote(sys.executable)


async def start_local(python: str = "") -> RunnerChannel:
    """Start a runner on this machine and return its channel when it is ready.

    Args:
        python: the interpreter's command line; this process's own interpreter by default.

    Raises:
        Unreachable: it could not be started.
    """
    return await start_runner(LocalTransport(), "localhost", python=python or own_python())
