"""A long way to the hosts: a TCP proxy that delays what passes, and counts how often one side waits.

The proxy accepts at once, so it keeps back what a far host could not have answered yet: the connection to
the host is made after one and a half round trips, when a far host would have seen it complete.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

Address = tuple[str, int]


@dataclass(slots=True)
class Counts:
    """What passed. A round trip: the near side speaks again after it was spoken to."""

    connections: int = 0
    round_trips: int = 0
    bytes: int = 0


class Delay:
    """Gives back what it was given, in order, each piece when its time has come."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._pieces: deque[tuple[float, bytes]] = deque()

    def put(self, now: float, piece: bytes) -> None:
        """Keep a piece; an empty one is the end."""
        self._pieces.append((now + self._seconds, piece))

    def due(self, now: float) -> list[bytes]:
        """Return the pieces whose time has come."""
        ready: list[bytes] = []
        while self._pieces and self._pieces[0][0] <= now:
            ready.append(self._pieces.popleft()[1])
        return ready

    @property
    def next(self) -> float | None:
        """When the next piece is due."""
        return self._pieces[0][0] if self._pieces else None


class _Way(asyncio.Protocol):
    """One direction: what is read from here is written to `to`, later."""

    def __init__(self, link: _Link, *, near: bool) -> None:
        self.link = link
        self.near = near
        self.to: asyncio.Transport | None = None
        self.transport: asyncio.Transport | None = None
        self._delay = Delay(link.seconds)
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.link.open.add(transport)
        self.link.connected(self)

    def data_received(self, data: bytes) -> None:
        self.link.passed(self, len(data))
        self._keep(data)

    def connection_lost(self, exc: Exception | None) -> None:
        assert self.transport is not None
        self.link.open.discard(self.transport)
        self._keep(b"")

    def flow(self, to: asyncio.Transport) -> None:
        """Begin to write: both ends are there."""
        self.to = to
        self._write()

    def _keep(self, piece: bytes) -> None:
        self._delay.put(self._loop.time(), piece)
        if self._timer is None and self.to is not None:
            self._wait()

    def _wait(self) -> None:
        due = self._delay.next
        self._timer = None if due is None else self._loop.call_at(due, self._write)

    def _write(self) -> None:
        assert self.to is not None
        # A timer may fire a moment early: the loop takes its clock's resolution for nothing.
        for piece in self._delay.due(max(self._loop.time(), self._timer.when() if self._timer else 0.0)):
            if piece:
                self.to.write(piece)
            else:
                self.to.close()
        self._wait()


class _Link:
    """One connection, from the near side to a host."""

    def __init__(
        self, target: Address, round_trip: float, counts: Counts, open_: set[asyncio.Transport]
    ) -> None:
        self.seconds = round_trip / 2
        self.open = open_
        self._target = target
        self._counts = counts
        self._answered = True
        self._near = _Way(self, near=True)
        self._far = _Way(self, near=False)
        self._opening: asyncio.Task[None] | None = None

    @property
    def near(self) -> asyncio.Protocol:
        return self._near

    def connected(self, way: _Way) -> None:
        if way is self._near:
            self._counts.connections += 1
            self._opening = asyncio.get_running_loop().create_task(self._open())

    def passed(self, way: _Way, size: int) -> None:
        self._counts.bytes += size
        if way.near and self._answered:
            self._counts.round_trips += 1
        self._answered = not way.near

    async def _open(self) -> None:
        assert self._near.transport is not None
        await asyncio.sleep(3 * self.seconds)
        try:
            await asyncio.get_running_loop().create_connection(lambda: self._far, *self._target)
        except OSError:
            self._near.transport.close()
            return
        assert self._far.transport is not None
        self._near.flow(self._far.transport)
        self._far.flow(self._near.transport)


@dataclass(frozen=True, slots=True)
class Proxy:
    """A running proxy. `places` says for each host where to connect to instead."""

    places: Mapping[str, Address]
    passed: Counts

    def counts(self) -> tuple[int, int]:
        """Return the bytes and the round trips so far."""
        return self.passed.bytes, self.passed.round_trips


@contextmanager
def proxy(hosts: Mapping[str, Address], round_trip: float) -> Generator[Proxy]:
    """Run a proxy in a thread of this process, whose CPU no contender is charged for.

    Args:
        hosts: their names, and where they are.
        round_trip: seconds.
    """
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    counts = Counts()
    servers: list[asyncio.Server] = []
    open_: set[asyncio.Transport] = set()

    async def listen(target: Address) -> Address:
        server = await asyncio.get_running_loop().create_server(
            lambda: _Link(target, round_trip, counts, open_).near, "127.0.0.1", 0
        )
        servers.append(server)
        return server.sockets[0].getsockname()

    async def close() -> None:
        for server in servers:
            server.close()
        for transport in open_:
            transport.abort()

    try:
        places = {
            name: asyncio.run_coroutine_threadsafe(listen(target), loop).result()
            for name, target in hosts.items()
        }
        yield Proxy(places, counts)
    finally:
        asyncio.run_coroutine_threadsafe(close(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
