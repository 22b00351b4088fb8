"""One host in one run: connected when it is first needed, with a runner for each user that acts there."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterable, Awaitable, Callable, Mapping, Sequence
from functools import cached_property, partial
from typing import Any

from opsflow.core.errors import Unreachable

from .channel import Event, NotSent, Options, Place, RunnerChannel
from .identity import identity
from .launch import start_runner
from .local import own_python
from .process import Transport
from .raw import run_raw
from .settings import Become, ConnectionSettings

log = logging.getLogger("opsflow.connection")

ATTEMPT_TIMEOUT = 5.0  # seconds for one attempt to reconnect
_PAUSE = 0.5  # seconds between two attempts to reconnect
_AUTH_PAUSE = 3.0

Connect = Callable[[ConnectionSettings, float | None], Awaitable[Transport]]


class Session:
    """What the engine and modules need of a host. Calls may overlap.

    Args:
        settings: how the host is reached.
        connect: connects anew; takes the settings and the seconds that an attempt may take.
    """

    def __init__(self, settings: ConnectionSettings, connect: Connect) -> None:
        self.name = settings.host_name
        self.settings = settings
        self._connect = connect
        self._transport: Transport | None = None
        self._connecting = asyncio.Lock()
        self._runners: dict[Become | None, RunnerChannel] = {}
        self._starting: dict[Become | None, asyncio.Task[RunnerChannel]] = {}
        self._past_round_trips = 0
        self._hold = ""

    @cached_property
    def identity(self) -> str:
        """The address that is connected to: see `identity`. Raises Unreachable."""
        return identity(self.settings)

    def runner(self, become: Become | None) -> RunnerChannel | None:
        """Return the runner of a user, None where there is none."""
        runner = self._runners.get(become)
        return runner if runner and runner.alive else None

    async def open(self, become: Become | None, hold: str) -> str:
        """Start a user's runner where there is none, which takes the host's lock.

        Args:
            become: whom it is to act as.
            hold: what `target.hold` is to take, as JSON, also whenever a runner is started later on.

        Returns why there can be no lock, "" when we have it.

        Raises:
            HostTaken: another run holds it.
            TaskError, Unreachable: as `call`.
        """
        self._hold = hold
        return (await self._runner(become)).unlocked

    @property
    def round_trips(self) -> int:
        """How many calls have gone to the host."""
        return self._past_round_trips + sum(runner.round_trips for runner in self._runners.values())

    async def call(
        self,
        fn: str,
        args: Mapping[str, Any] | None = None,
        *,
        become: Become | None = None,
        options: Options | None = None,
        payload: bytes = b"",
        upload: AsyncIterable[bytes] | None = None,
        on_event: Callable[[Event], None] | None = None,
        on_data: Callable[[bytes], None] | None = None,
        keep: Mapping[str, bytes] | None = None,
        place: Place | None = None,
    ) -> dict[str, Any]:
        """Call a function of a target module on the host: see RunnerChannel.call.

        The host is connected and a runner started where there is none yet.

        Args:
            become: whom to act as.

        Raises:
            TaskError: the function failed, or the user could not be become.
            Unreachable: the host can't be reached, or was lost before the answer came.
        """
        made = partial(
            RunnerChannel.call,
            fn=fn,
            args=args,
            options=options,
            payload=payload,
            upload=upload,
            on_event=on_event,
            on_data=on_data,
            keep=keep,
            place=place,
        )
        try:
            return await made(await self._runner(become))
        except NotSent:  # the connection went away since the last call
            if place and place.flight.channel:
                raise
            return await made(await self._runner(become))

    async def raw(
        self,
        command: str,
        *,
        become: Become | None = None,
        stdin: bytes = b"",
        executable: str | None = None,
        on_line: Callable[[str, str], None] | None = None,
    ) -> tuple[int, str, str]:
        """Run a line in the host's shell, without Python; return exit code, output and error text.

        Args:
            executable: the shell that reads the line, instead of the user's own.
            on_line: called with `stdout` or `stderr` and each line as it comes.

        Raises:
            TaskError: the user could not be become.
            Unreachable: the host can't be reached, or was lost before the command ended.
        """
        transport = await self._connected()
        return await run_raw(
            transport, self.name, command, become=become, stdin=stdin, executable=executable, on_line=on_line
        )

    async def reconnect(self, timeout: float) -> None:
        """Drop the connection and connect anew, trying until it works and a runner answers.

        Args:
            timeout: seconds after which the last failure is raised.

        Raises:
            Unreachable: the host did not come back in time, or came back with another host key.
        """
        await self.reset()
        deadline = time.monotonic() + timeout
        while True:
            left = deadline - time.monotonic()
            try:
                async with asyncio.timeout(max(left, 0.1)):
                    await self._connected(min(ATTEMPT_TIMEOUT, max(left, 0.1)))
                    await self._runner(None)
                    return
            except TimeoutError:
                raise Unreachable(
                    f"{self.name} did not come back within {timeout:g} s", kind="timeout"
                ) from None
            except Unreachable as error:
                if error.kind in ("host_key", "python") or time.monotonic() + _PAUSE >= deadline:
                    raise
                log.debug("%s is not back yet: %s", self.name, error)
                # A login that is refused while the host boots must not look like an attack.
                pause = _AUTH_PAUSE if error.kind == "auth" else _PAUSE
            await self.reset()
            await asyncio.sleep(pause)

    async def reset(self) -> None:
        """Drop the connection; the next call connects anew."""
        starting, self._starting = list(self._starting.values()), {}
        for task in starting:
            task.cancel()
        await asyncio.gather(*starting, return_exceptions=True)
        self._past_round_trips = self.round_trips
        runners, self._runners = list(self._runners.values()), {}
        transport, self._transport = self._transport, None
        if transport and transport.alive:
            await asyncio.gather(*(runner.close() for runner in runners))
        if transport:
            await transport.close()

    def forget(self, runs: Sequence[str]) -> None:
        """Have the host remove its journals of some runs: all that they hold is known."""
        for runner in self._runners.values():
            runner.forget(runs)

    async def close(self) -> None:
        """End the runners, which kill what they still run, and the connection."""
        await self.reset()

    async def _runner(self, become: Become | None) -> RunnerChannel:
        """Return the runner of a user. Calls that come while it starts wait for the same one."""
        runner = self._runners.get(become)
        if runner and runner.alive:
            return runner
        task = self._starting.get(become)
        if task is None:
            task = self._starting[become] = asyncio.create_task(self._start(become))
            task.add_done_callback(lambda done: self._started(become, done))
        return await asyncio.shield(task)

    async def _start(self, become: Become | None) -> RunnerChannel:
        transport = await self._connected()
        try:
            return await start_runner(
                transport, self.name, python=self._python(become), become=become, hold=self._hold
            )
        finally:
            transport.settled()

    def _started(self, become: Become | None, task: asyncio.Task[RunnerChannel]) -> None:
        if self._starting.get(become) is task:
            del self._starting[become]
            if not task.cancelled() and task.exception() is None:
                if old := self._runners.get(become):
                    self._past_round_trips += old.round_trips
                self._runners[become] = task.result()

    def _python(self, become: Become | None) -> str:
        if self.settings.python:
            return self.settings.python
        # Another user may not be able to read this program's own interpreter.
        return own_python() if self.settings.connection == "local" and become is None else "python3"

    async def _connected(self, timeout: float | None = None) -> Transport:
        if self._transport and self._transport.alive:
            return self._transport
        async with self._connecting:
            if self._transport is None or not self._transport.alive:
                if self._transport:
                    with contextlib.suppress(OSError):
                        await self._transport.close()
                self._transport = await self._connect(self.settings, timeout)
            return self._transport
