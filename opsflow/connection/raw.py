"""Running a line in a host's shell: the way that needs no Python over there."""

from __future__ import annotations

import asyncio
import codecs
import contextlib
import shlex
from collections.abc import Awaitable, Callable

from opsflow.core.errors import HostError

from .become import needs_terminal, plan_for
from .gate import Gate
from .launch_errors import explain
from .process import Process, Transport
from .settings import Become

_GRACE = 2.0  # seconds between SIGTERM and SIGKILL
OnLine = Callable[[str, str], None]


async def run_raw(
    transport: Transport,
    host: str,
    command: str,
    *,
    become: Become | None = None,
    stdin: bytes = b"",
    executable: str | None = None,
    on_line: OnLine | None = None,
) -> tuple[int, str, str]:
    """Run a command and return its exit code, output and error text. See Session.raw."""
    line = f"exec {executable} -c {shlex.quote(command)}" if executable else command
    output = _Output(host, on_line)
    if become is None:
        process = await transport.spawn(line, output)
        with contextlib.suppress(OSError):  # it has ended without reading
            process.write(stdin)
        process.close()
        return await _finished(output, lambda name: _signal(process, name))
    if needs_terminal(become):  # on a terminal in raw mode input has no end
        line = f"head -c {len(stdin)} | {{ {line}\n}}" if stdin else f"{{ {line}\n}} </dev/null"
    gate = Gate(host, plan_for(line, become), become, output, stdin, only=True)
    await gate.open(transport)
    return await _finished(output, lambda name: _kill_as(transport, host, become, gate.pid, name))


async def _finished(output: _Output, kill: Callable[[str], Awaitable[None]]) -> tuple[int, str, str]:
    """Wait for the end of a command; end it when we are cancelled."""
    try:
        status = await asyncio.shield(output.done)
    except asyncio.CancelledError:
        for name in ("TERM", "KILL"):
            await kill(name)
            done, _ = await asyncio.wait([output.done], timeout=_GRACE)
            if done:
                break
        raise
    return status, output.text("stdout"), output.text("stderr")


async def _signal(process: Process, name: str) -> None:
    process.signal(name)


async def _kill_as(transport: Transport, host: str, become: Become, pid: int | None, name: str) -> None:
    """Signal the process group of another user's process: the SSH server may only signal our own."""
    if pid is None:
        return
    output = _Output(host, None)
    line = f"kill -s {name} -- -$(cut -d' ' -f5 /proc/{pid}/stat)"
    await Gate(host, plan_for(line, become), become, output, b"", only=True).open(transport)
    await asyncio.wait([output.done], timeout=_GRACE)


class _Output:
    """Keeps what a command prints, hands on its lines, and knows when it has ended."""

    def __init__(self, host: str, on_line: OnLine | None) -> None:
        self.done: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._host = host
        self._streams = {name: _Stream(name, on_line) for name in ("stdout", "stderr")}

    def text(self, stream: str) -> str:
        return "".join(self._streams[stream].pieces)

    def stdout(self, data: bytes) -> None:
        self._streams["stdout"].feed(data)

    def stderr(self, data: bytes) -> None:
        self._streams["stderr"].feed(data)

    def ended(self, status: int | None, reason: str) -> None:
        for stream in self._streams.values():
            stream.feed(b"", final=True)
        if status is None:
            self.failed(explain(self._host, None, reason, ""))
        elif not self.done.done():
            self.done.set_result(status)

    def failed(self, error: HostError) -> None:
        if not self.done.done():
            self.done.set_exception(error)
            self.done.exception()  # seen, also when nobody waits any more


class _Stream:
    def __init__(self, name: str, on_line: OnLine | None) -> None:
        self.pieces: list[str] = []
        self._name = name
        self._on_line = on_line
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._partial = ""

    def feed(self, data: bytes, *, final: bool = False) -> None:
        text = self._decoder.decode(data, final)
        self.pieces.append(text)
        if self._on_line is None:
            return
        lines = (self._partial + text).split("\n")
        self._partial = lines.pop()
        if final and self._partial:
            lines.append(self._partial)
        for line in lines:
            self._on_line(self._name, line)
