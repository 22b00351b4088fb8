"""The runner as a process on the control node itself: `connection: local`."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Sequence

from opsflow.core.errors import Unreachable

from .bundle import bootstrap
from .channel import RunnerChannel


class LocalProcess(asyncio.SubprocessProtocol):
    """Feeds a process's output to a channel, and keeps the end of its error text for messages."""

    def __init__(self, channel: RunnerChannel) -> None:
        self.channel = channel
        self.stderr = bytearray()
        self.writable = asyncio.Event()
        self.writable.set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def pause_writing(self) -> None:
        self.writable.clear()

    def resume_writing(self) -> None:
        self.writable.set()

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        if fd == 1:
            self.channel.feed(data)
        else:
            self.stderr = (self.stderr + data)[-8192:]

    def connection_lost(self, exc: Exception | None) -> None:
        self.transport.close()
        detail = self.stderr.decode("utf-8", "replace").strip()
        message = f"the runner ended: {detail}" if detail else "the runner ended"
        self.channel.lost(Unreachable(message, kind="lost"))


class _PipeWriter:
    """Writes to a process, and waits for it to read where `drain` is called."""

    def __init__(self, transport: asyncio.SubprocessTransport, protocol: LocalProcess) -> None:
        pipe = transport.get_pipe_transport(0)
        assert isinstance(pipe, asyncio.WriteTransport)
        self.process = transport
        self.pipe = pipe
        self.protocol = protocol

    def write(self, data: bytes) -> None:
        if self.pipe.is_closing():
            raise BrokenPipeError("the runner's process has ended")
        self.pipe.write(data)

    async def drain(self) -> None:
        await self.protocol.writable.wait()

    def close(self) -> None:
        self.pipe.close()


async def start_local(python: Sequence[str] = ()) -> RunnerChannel:
    """Start a runner on this machine and return its channel when it is ready.

    Args:
        python: the interpreter's command line; this process's own interpreter by default.

    Raises:
        Unreachable: it could not be started.
    """
    command, packed = bootstrap()
    channel = RunnerChannel()
    argv = [*(python or [sys.executable]), "-I", "-S", "-c", command]
    loop = asyncio.get_running_loop()
    try:
        transport, protocol = await loop.subprocess_exec(
            lambda: LocalProcess(channel), *argv, start_new_session=True, env=dict(os.environ)
        )
    except OSError as error:
        raise Unreachable(f"cannot run {argv[0]}: {error.strerror}", kind="python") from error
    writer = _PipeWriter(transport, protocol)
    channel.attach(writer)
    writer.write(packed)
    await channel.ready
    return channel
