"""Lines for pipes, logs and CI."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TextIO

from opsflow.cli.out import write
from opsflow.core.events import Event, HostProgress
from opsflow.report.lines import Line, render

from .transcript import Transcript

TICK = 1.0
"""Seconds between two looks at results that wait for others."""
SILENCE = 30.0
"""Seconds without a line after which a long task says how far it is."""


class Plain:
    """Writes a run's record to a stream, line by line."""

    def __init__(
        self,
        transcript: Transcript,
        stream: TextIO,
        *,
        color: bool,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`clock` gives seconds."""
        self._transcript = transcript
        self._stream = stream
        self._color = color
        self._clock = clock
        self._written = clock()
        self._held: list[Line] | None = None
        self._timer = Timer(TICK, lambda: self._write(self._transcript.due()))

    def __call__(self, event: Event) -> None:
        self._timer.start()
        lines = self._transcript(event)
        if isinstance(event, HostProgress) and (_asks(event) or self._silent()):
            lines = [*lines, _progress(event)]
        self._write(lines)

    @contextmanager
    def suspended(self) -> Generator[None]:
        """Write what waits, so that it stands above the question, and the rest below the answer."""
        self._write(self._transcript.flush())
        self._held = []
        try:
            yield
        finally:
            held, self._held = self._held, None
            self._write(held)

    def close(self) -> None:
        """Write what waits still, and stop."""
        self._timer.stop()
        self._write(self._transcript.flush())

    def _silent(self) -> bool:
        return self._clock() - self._written >= SILENCE

    def _write(self, lines: list[Line]) -> None:
        if self._held is not None:
            self._held += lines
        elif lines:
            self._written = self._clock()
            write(self._stream, "".join(f"{render(line, color=self._color)}\n" for line in lines))


def _asks(event: HostProgress) -> bool:
    """Tell whether a task waits for a person, who must be told at once."""
    return event.task.module.rpartition(".")[2] == "pause" and event.percent is None


def _progress(event: HostProgress) -> Line:
    percent = "" if event.percent is None else f"  {event.percent:.0f} %"
    return ((f"  …            {event.host}{percent}  {event.message}", "dim"),)


class Timer:
    """Calls a function again and again while an event loop runs; does nothing without one."""

    def __init__(self, interval: float, call: Callable[[], None]) -> None:
        """`interval` is in seconds."""
        self._interval = interval
        self._call = call
        self._handle: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Begin, unless it has begun already."""
        if self._handle is None:
            try:
                loop = asyncio.get_running_loop()
            except RuntimeError:
                return
            self._handle = loop.call_later(self._interval, self._fire)

    def stop(self) -> None:
        """End; it can be started again."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _fire(self) -> None:
        self._handle = None
        self._call()
        self.start()
