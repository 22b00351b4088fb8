"""A long way to the hosts: a TCP proxy that delays what passes, and counts round trips.

The proxy accepts at once, so it keeps back what a far host could not have answered yet: the connection to
the host is made after one and a half round trips, when a far host would have seen it complete.

A round trip is counted as cause and effect: what the near side says after it has heard an answer to its nth
words are its words n + 1. What it says meanwhile, to answers that stream in, are not.
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
    """What passed over all connections."""

    connections: int = 0
    round_trips: int = 0
    bytes: int = 0


@dataclass(frozen=True, slots=True)
class Piece:
    """What was said at once, by a side that had heard an answer to the words `turn` of the near side.

    For pieces of the near side `turn` is the number of these words. No data are the end.
    """

    data: bytes
    turn: int


class Delay:
    """Gives back what it was given, in order, each piece when its time has come."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._pieces: deque[tuple[float, Piece]] = deque()

    def put(self, now: float, piece: Piece) -> None:
        """Keep a piece."""
        self._pieces.append((now + self._seconds, piece))

    def due(self, now: float) -> list[Piece]:
        """Return the pieces whose time has come."""
        ready: list[Piece] = []
        while self._pieces and self._pieces[0][0] <= now:
            ready.append(self._pieces.popleft()[1])
        return ready

    @property
    def next(self) -> float | None:
        """When the next piece is due."""
        return self._pieces[0][0] if self._pieces else None


class _Way(asyncio.Protocol):
    """One side: what it says is written to the other one, later."""

    def __init__(self, link: _Link, *, near: bool) -> None:
        self.link = link
        self.near = near
        self.heard = 0
        self.transport: asyncio.Transport | None = None
        self._to: _Way | None = None
        self._delay = Delay(link.seconds)
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.link.open.add(transport)
        self.link.connected(self)

    def data_received(self, data: bytes) -> None:
        turn = self.heard + self.near
        self.link.passed(len(data), turn)
        self._keep(Piece(data, turn))

    def connection_lost(self, exc: Exception | None) -> None:
        assert self.transport is not None
        self.link.open.discard(self.transport)
        self._keep(Piece(b"", 0))

    def flow(self, to: _Way) -> None:
        """Begin to write: both ends are there."""
        self._to = to
        self._write()

    def _keep(self, piece: Piece) -> None:
        self._delay.put(self._loop.time(), piece)
        if self._timer is None and self._to is not None:
            self._wait()

    def _wait(self) -> None:
        due = self._delay.next
        self._timer = None if due is None else self._loop.call_at(due, self._write)

    def _write(self) -> None:
        assert self._to is not None
        assert self._to.transport is not None
        # A timer may fire a moment early: the loop takes its clock's resolution for nothing.
        for piece in self._delay.due(max(self._loop.time(), self._timer.when() if self._timer else 0.0)):
            if piece.data:
                self._to.heard = max(self._to.heard, piece.turn)
                self._to.transport.write(piece.data)
            else:
                self._to.transport.close()
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
        self._turns = 0
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

    def passed(self, size: int, turn: int) -> None:
        self._counts.bytes += size
        self._counts.round_trips += max(0, turn - self._turns)
        self._turns = max(turn, self._turns)

    async def _open(self) -> None:
        assert self._near.transport is not None
        await asyncio.sleep(3 * self.seconds)
        try:
            await asyncio.get_running_loop().create_connection(lambda: self._far, *self._target)
        except OSError:
            self._near.transport.close()
            return
        self._near.flow(self._far)
        self._far.flow(self._near)


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
