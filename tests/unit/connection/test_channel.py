"""Frames: answers find their calls, and what is no frame ends the channel."""

import asyncio
import struct

import pytest

from opsflow.connection.channel import RunnerChannel
from opsflow.core.errors import TaskError, Unreachable
from tests.support.local import start_local


class Sink:
    def __init__(self) -> None:
        self.written = b""

    def write(self, data: bytes) -> None:
        self.written += data

    async def drain(self) -> None:
        """Nothing is held back."""

    def close(self) -> None:
        """Nothing is open."""


async def test_calls_overlap_and_each_gets_its_answer() -> None:
    channel = await start_local()
    slow = asyncio.create_task(channel.call("command.run", {"cmd": "sleep 0.3; echo slow", "shell": True}))
    quick = await channel.call("ping.run", {"data": "quick"})
    assert quick["ping"] == "quick"
    assert not slow.done()
    assert (await slow)["stdout"] == "slow"
    await channel.close()
    with pytest.raises(Unreachable):
        await channel.call("ping.run")


async def test_frames_may_come_in_any_pieces() -> None:
    channel = RunnerChannel()
    channel.attach(Sink())
    call = asyncio.create_task(channel.call("ping.run"))
    await asyncio.sleep(0)
    head = b'{"k":"fail","id":1,"msg":"no","data":{"rc":3}}'
    for byte in struct.pack(">II", len(head), 0) + head:
        channel.feed(bytes([byte]))
    with pytest.raises(TaskError, match="no") as caught:
        await call
    assert caught.value.data == {"rc": 3}


async def test_a_host_that_announces_gigabytes_is_lost_and_nothing_is_kept() -> None:
    channel = RunnerChannel()
    channel.attach(Sink())
    call = asyncio.create_task(channel.call("ping.run"))
    await asyncio.sleep(0)
    channel.feed(struct.pack(">II", 2**32 - 1, 2**32 - 1))
    with pytest.raises(Unreachable, match="no answer of the runner"):
        await call
    assert not channel.alive
