"""Bringing up a runner on a host."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Mapping
from typing import Any

from opsflow.core.errors import HostError
from opsflow.core.leases import Holder, HostTaken

from .become import plan_for
from .bundle import bootstrap
from .channel import RunnerChannel
from .gate import Gate
from .launch_errors import explain
from .process import Process, Transport
from .settings import Become

START_TIMEOUT = 30.0  # seconds: PAM and DNS may be slow over there
_SAID_KEPT = 8192  # bytes of error text that are kept for messages


def runner_program(python: str, hold: str = "") -> str:
    """Return the shell command that becomes the runner, in one line for shells that know no others."""
    code = f"exec({bootstrap()[0]!r})"
    words = [shlex.quote(word) for word in (code, hold) if word]
    return f"exec {python} -I -S -c {' '.join(words)}"


async def start_runner(
    transport: Transport,
    host: str,
    *,
    python: str = "python3",
    become: Become | None = None,
    hold: str = "",
) -> RunnerChannel:
    """Start a runner and return its channel when it is ready.

    Args:
        host: the host's name, for messages.
        python: the interpreter over there, a name or a path.
        become: whom to run it as.
        hold: what `target.hold` is to take of the host's lock, as JSON; empty for no lock.

    Raises:
        Unreachable: the connection was lost, or there is no usable Python.
        TaskError: the user could not be become.
        HostTaken: another run holds the host's lock.
    """
    channel = RunnerChannel(host)
    plan = plan_for(runner_program(python, hold), become)
    gate = Gate(host, plan, become, _Feed(host, channel), bootstrap()[1])
    process: Process | None = None
    try:
        async with asyncio.timeout(START_TIMEOUT):
            process = await gate.open(transport)
            channel.attach(process)
            await channel.ready
            channel.unlocked = _locked(host, channel.ready.result())
    except HostTaken:
        await channel.close()  # it ends by itself
        raise
    except BaseException as error:
        if process:
            process.close()
            process.signal("TERM")
        if isinstance(error, TimeoutError):
            raise gate.timed_out(START_TIMEOUT) from None
        raise
    return channel


class _Feed:
    """Hands frames to a channel, and keeps the end of the error text for messages."""

    def __init__(self, host: str, channel: RunnerChannel) -> None:
        self._host = host
        self._channel = channel
        self._said = bytearray()
        self.stdout = channel.feed

    def stderr(self, data: bytes) -> None:
        self._said += data
        del self._said[:-_SAID_KEPT]

    def ended(self, status: int | None, reason: str) -> None:
        said = self._said.decode("utf-8", "replace")
        self._channel.lost(explain(self._host, status, reason, said))

    def failed(self, error: HostError) -> None:
        self._channel.lost(error)


def _locked(host: str, ready: Mapping[str, Any]) -> str:
    """Return why the host could not be locked, "" if it was. Raises HostTaken when another run has it."""
    held: Mapping[str, Any] = ready["hold"]
    if "busy" in held:
        holder = Holder.read(held["busy"])
        raise HostTaken(f"{host} is busy: {holder}", holder)
    return str(held.get("unlocked", ""))
