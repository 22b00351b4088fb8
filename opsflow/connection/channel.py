"""The control node's end of the channel to a runner: frames, calls, events, cancellation.

A transport (an SSH channel, a local process) calls `feed` with what arrives and `lost` when it ends, and
gives the channel something to write to. The protocol is described in `target.runner`.
"""

from __future__ import annotations

import asyncio
import contextlib
import getpass
import json
import os
import socket
import struct
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from typing import Any, Protocol

from opsflow.core.early import NotYet
from opsflow.core.errors import HostError, TaskError, Unreachable

from .bundle import Source, beginning, packed, sources

Event = Mapping[str, Any]

_LENGTHS = struct.Struct(">II")
_LARGEST = 256 * 1024 * 1024  # bytes of a frame; two streams of output of 64 MiB fit, escaped
_CANCEL_WAIT = 5.0  # seconds: the runner gives a process group two between SIGTERM and SIGKILL


JOURNAL = "journal"


class Writer(Protocol):
    """What a channel writes to. asyncio's and asyncssh's writers fit."""

    def write(self, data: bytes) -> None: ...
    async def drain(self) -> None: ...
    def close(self) -> None: ...


@dataclass(slots=True)
class Options:
    """What every function over there may look at: check mode, diff mode, extra environment.

    With `detach` the function is done by a process that outlives the connection, for at most that many
    seconds; the answer is its job id, and `jobs.status` tells what came of it (in `job_directory`). With
    `lasting`, the name of a work, it outlives the connection too: see `opsflow.target.lasting`. `record`:
    how many bytes of the files that it changes may be told in events, before and after. `op` is what the
    host keeps of it in its journal: see `opsflow.target.journal`.
    """

    check: bool = False
    diff: bool = False
    env: Mapping[str, str] = field(default_factory=dict[str, str])
    detach: float = 0
    job_directory: str = ""
    lasting: str = ""
    record: int = 0
    op: Mapping[str, Any] | None = None

    def header(self) -> dict[str, Any]:
        header: dict[str, Any] = {}
        if self.check:
            header["check"] = True
        if self.diff:
            header["diff"] = True
        if self.record:
            header["record"] = self.record
        if self.env:
            header["env"] = dict(self.env)
        if self.detach:
            header["detach"] = {"by": "jobs", "seconds": self.detach, "directory": self.job_directory}
        elif self.lasting:
            header["detach"] = {"by": "lasting", "work": self.lasting, "owner": _owner()}
        if self.op:
            header["op"] = self.op
        return header


@cache
def _owner() -> str:
    """Return who we are, for those who find our work on a host."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # an account without a name
        user = str(os.getuid())
    return f"{user}@{socket.gethostname()}"


@dataclass(slots=True)
class _Call:
    done: asyncio.Future[dict[str, Any]]
    on_event: Callable[[Event], None] | None
    on_data: Callable[[bytes], None] | None


class Flight:
    """Calls to one runner that go out without waiting for answers; the host does one behind the other.

    What fails there keeps it from doing what stands behind.
    """

    _numbers = count(1)

    def __init__(self) -> None:
        self.number = next(self._numbers)
        self.channel: RunnerChannel | None = None

    def drop(self) -> None:
        """Have the host begin nothing more of it."""
        if self.channel:
            self.channel.drop(self)


@dataclass(eq=False, slots=True)
class Place:
    """Where a call stands in a flight.

    Calls with the same `step` do not keep each other from being done; one that fails and `stops` keeps the
    host from doing those with later steps. An `early` call is made before its turn; one that `waits` goes out
    when something that it needs was answered, and is another round trip. `out` is set when the call has gone
    out, and `more` says that it is not the last.
    """

    flight: Flight
    step: int
    stops: bool
    early: bool
    waits: bool
    out: asyncio.Event = field(default_factory=asyncio.Event)
    more: bool = False

    def another(self, *, early: bool, waits: bool) -> Place:
        """Return a place for another call of the same step."""
        return Place(self.flight, self.step, self.stops, early, waits)


class NotSent(Unreachable):
    """The connection was lost before a call went out: it can be made on a new one, whatever it does."""


class RunnerChannel:
    """One runner on one host, for one user. Calls may overlap."""

    def __init__(self, host: str = "the host") -> None:
        self.host = host
        self.ready: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self.unlocked = ""  # why the runner could not take the host's lock
        self.round_trips = 0
        self._writer: Writer | None = None
        self._buffer = bytearray()
        self._calls: dict[int, _Call] = {}
        self._last_id = 0
        self._sent = set(beginning())
        self._lost: HostError | None = None
        self._ended = asyncio.Event()

    def attach(self, writer: Writer) -> None:
        """Say where frames are written to."""
        self._writer = writer

    @property
    def alive(self) -> bool:
        """Whether calls can still be made."""
        return self._lost is None and self._writer is not None

    async def call(
        self,
        fn: str,
        args: Mapping[str, Any] | None = None,
        *,
        options: Options | None = None,
        payload: bytes = b"",
        upload: AsyncIterable[bytes] | None = None,
        on_event: Callable[[Event], None] | None = None,
        on_data: Callable[[bytes], None] | None = None,
        keep: Mapping[str, bytes] | None = None,
        place: Place | None = None,
    ) -> dict[str, Any]:
        """Call a function of a target module on the host and return its result: one round trip.

        Args:
            fn: `module.function` within `opsflow.target`; the module's code is sent when first needed.
            args: its keyword arguments, JSON values.
            payload: bytes that go along with the call (`request.payload`).
            upload: a stream of bytes that follows the call (`request.receive_chunks()`).
            on_event: called with each event that the function sends.
            on_data: called with each piece of a file that the function sends.
            keep: contents by digest that the function asks for; each is sent once (`request.kept`).
            place: where the call stands in a flight, if it does.

        Raises:
            TaskError: the function failed; `data` holds what it gave.
            NotYet: the host has not done it, for the sake of what is before it in its flight.
            NotSent: the connection had been lost before: nothing of the call has gone out.
            Unreachable: the connection was lost before the answer came.
            asyncio.CancelledError: cancelled; the processes over there have been killed.
        """
        if place and place.early and place.flight.channel is not self:
            raise NotYet
        self._last_id += 1
        call_id = self._last_id
        call = _Call(asyncio.get_running_loop().create_future(), on_event, on_data)
        self._calls[call_id] = call
        try:
            try:
                header = self._header(call_id, fn, args or {}, options, keep or {})
                if place:
                    header["flight"] = [place.flight.number, place.step, place.stops]
                self._send(header, payload)
            except Unreachable as error:
                raise NotSent(error.message, kind=error.kind, hint=error.hint) from error
            self.round_trips += place is None or place.waits
            if place:
                place.flight.channel = self
                place.out.set()
            if upload is not None:
                await self._upload(call_id, call, upload)
            return await asyncio.shield(call.done)
        except BaseException:  # cancelled, or the upload's source failed
            await self._cancel(call_id, call)
            raise
        finally:
            self._calls.pop(call_id, None)
            if call.done.done() and not call.done.cancelled():
                call.done.exception()  # seen, also when it is not what is raised here

    def _header(
        self,
        call_id: int,
        fn: str,
        args: Mapping[str, Any],
        options: Options | None,
        keep: Mapping[str, bytes],
    ) -> dict[str, Any]:
        header: dict[str, Any] = {"k": "call", "id": call_id, "fn": fn, "args": args}
        opt = options.header() if options else {}
        if opt:
            header["opt"] = opt
        code = self._new_code(fn.partition(".")[0])
        if "detach" in opt:
            code |= self._new_code(opt["detach"]["by"])
        if "op" in opt:
            code |= self._new_code(JOURNAL)
        if code:
            header["code"] = code
        if new := keep.keys() - self._sent:
            self._sent |= new
            header["keep"] = {digest: packed(keep[digest]) for digest in new}
        return header

    def _new_code(self, module: str) -> dict[str, Source]:
        """Return the sources that a target module needs and the host does not have yet."""
        if module in self._sent:
            return {}
        self._sent.add(module)
        code = {name: text for name, text in sources(module).items() if name not in self._sent}
        self._sent.update(code)
        return code

    async def _upload(self, call_id: int, call: _Call, upload: AsyncIterable[bytes]) -> None:
        assert self._writer is not None
        chunks = aiter(upload)
        try:
            while chunk := await _next(chunks, call.done):
                self._send({"k": "data", "id": call_id}, chunk)
                await self._writer.drain()
        finally:
            if isinstance(chunks, AsyncGenerator):  # it closes its file, also when the rest is not wanted
                await chunks.aclose()
        if not call.done.done():  # else it ended over there: the rest is not wanted
            self._send({"k": "data", "id": call_id})

    async def _cancel(self, call_id: int, call: _Call) -> None:
        if self._lost or call.done.done():
            return
        self._send({"k": "cancel", "id": call_id})
        await asyncio.wait([call.done], timeout=_CANCEL_WAIT)

    def _send(self, header: Mapping[str, Any], payload: bytes = b"") -> None:
        if self._lost:
            raise self._lost
        assert self._writer is not None, "a call before the channel is attached"
        head = json.dumps(header, separators=(",", ":"), default=_plain).encode("ascii")
        try:
            self._writer.write(_LENGTHS.pack(len(head), len(payload)) + head + payload)
        except OSError as error:  # asyncssh and asyncio raise BrokenPipeError and ConnectionError
            lost = Unreachable(f"the connection to {self.host} was lost: {error}", kind="lost")
            self.lost(lost)
            raise lost from error

    def feed(self, data: bytes) -> None:
        """Take bytes that the runner wrote."""
        buffer = self._buffer
        buffer += data
        start = 0
        while len(buffer) - start >= _LENGTHS.size:
            head, size = _LENGTHS.unpack_from(buffer, start)
            if head + size > _LARGEST:
                self.lost(Unreachable("the host sent what is no answer of the runner", kind="lost"))
                buffer.clear()
                return
            end = start + _LENGTHS.size + head + size
            if len(buffer) < end:
                break
            body = start + _LENGTHS.size
            header = json.loads(buffer[body : body + head])
            self._dispatch(header, bytes(buffer[body + head : end]) if size else b"")
            start = end
        del buffer[:start]

    def _dispatch(self, header: dict[str, Any], payload: bytes) -> None:
        kind = header["k"]
        if kind == "ready":
            if not self.ready.done():
                self.ready.set_result(header)
            return
        call = self._calls.get(header["id"])
        if call is None or call.done.done():
            return
        if kind == "event":
            if call.on_event:
                call.on_event(header["event"])
        elif kind == "data":
            if call.on_data:
                call.on_data(payload)
        elif kind == "done":
            call.done.set_result(header["result"])
        elif kind == "dropped":
            call.done.set_exception(NotYet())
        elif kind == "fail":
            call.done.set_exception(TaskError(header["msg"], data=header["data"]))
        else:
            call.done.set_exception(_crash(header["trace"]))

    def lost(self, error: HostError) -> None:
        """Fail all calls that wait, and every later one, with `error`."""
        if self._lost:
            return
        self._lost = error
        self._ended.set()
        if not self.ready.done():
            self.ready.set_exception(error)
            self.ready.exception()
        for call in self._calls.values():
            if not call.done.done():
                call.done.set_exception(error)

    def drop(self, flight: Flight) -> None:
        """Have the host begin nothing more of a flight."""
        if self.alive:
            with contextlib.suppress(Unreachable):  # then nothing begins any more
                self._send({"k": "drop", "flight": flight.number})

    def forget(self, runs: Sequence[str]) -> None:
        """Have the host remove its journals of some runs: all that they hold is known."""
        if JOURNAL in self._sent and self.alive:
            self._send({"k": "forget", "runs": list(runs)})

    async def close(self) -> None:
        """End the runner (it kills what it still runs) and wait until it has ended."""
        if self._writer and not self._ended.is_set():
            self._writer.close()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._ended.wait(), _CANCEL_WAIT)


async def _next(chunks: AsyncIterator[bytes], done: asyncio.Future[Any]) -> bytes:
    """Return the next chunk; nothing at the end, and when the call is done before it comes."""
    following = asyncio.ensure_future(anext(chunks, b""))
    try:
        await asyncio.wait([following, done], return_when=asyncio.FIRST_COMPLETED)
        return b"" if done.done() else following.result()
    finally:
        if not following.done():
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)


def _plain(value: object) -> object:
    """JSON for what YAML knows and JSON does not: dates as text, sets as lists."""
    if isinstance(value, set | frozenset | tuple):
        return list(value)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
    return str(value)


def _crash(trace: str) -> TaskError:
    last = trace.strip().splitlines()[-1]
    return TaskError(
        f"OpsFlow's own code failed on the host: {last}",
        data={"exception": trace},
        hint="this is a bug in OpsFlow: please report it with the output of --debug",
    )
