"""A live screen: the record scrolls by, and below it stands what is going on."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TextIO

from rich.console import Console as Terminal
from rich.console import Group
from rich.live import Live as Region
from rich.text import Text

from opsflow.core.events import Event, RunFinished, RunStarted
from opsflow.report.lines import Line, render

from .board import ROWS, Board
from .plain import Timer
from .transcript import Transcript

INTERVAL = 0.125
"""Seconds between two drawings. Events only leave notes; all drawing is done here."""
IDLE = 1.0
"""Seconds after which the clock on the screen is moved though nothing happened."""


class Live:
    """Writes a run's record to a terminal and keeps a region below it up to date."""

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
        self._board = Board(clock)
        self._color = color
        self._clock = clock
        self._terminal = Terminal(file=stream, force_terminal=True, no_color=not color, highlight=False)
        self._region: Region | None = None
        self._timer = Timer(INTERVAL, self._tick)
        self._waiting: list[Line] = []
        self._dirty = False
        self._asking = False
        self._drawn = clock()

    def __call__(self, event: Event) -> None:
        self._board(event)
        self._waiting += self._transcript(event)
        self._dirty = True
        if isinstance(event, RunStarted):
            self._open()
        elif isinstance(event, RunFinished):
            self.close()
        elif self._region is None and not self._asking:
            self._print()

    def close(self) -> None:
        """Take the region away, write what waits still, give the cursor back."""
        self._waiting += self._transcript.flush()
        self._shut()
        self._print()

    @contextmanager
    def suspended(self) -> Generator[None]:
        """Leave the terminal alone for as long as a person is asked something."""
        was_open = self._region is not None
        self._shut()
        self._waiting += self._transcript.flush()
        self._print()
        self._asking = True
        try:
            yield
        finally:
            self._asking = False
            if was_open:
                self._open()

    def _open(self) -> None:
        if self._region is None:
            self._region = Region(console=self._terminal, auto_refresh=False, transient=True)
            self._region.start()
            self._timer.start()

    def _shut(self) -> None:
        self._timer.stop()
        region, self._region = self._region, None
        if region is not None:
            region.stop()

    def _tick(self) -> None:
        self._waiting += self._transcript.due()
        if self._region and (self._dirty or self._waiting or self._clock() - self._drawn >= IDLE):
            self._dirty = False
            self._drawn = self._clock()
            self._print()
            rows = min(ROWS, max(0, self._terminal.height - 6))
            self._region.update(Group("", *map(self._cut, self._board.lines(rows))), refresh=True)

    def _print(self) -> None:
        """Write the lines that wait, all in one go."""
        lines, self._waiting = self._waiting, []
        if lines:
            text = "\n".join(render(line, color=self._color) for line in lines)
            self._terminal.print(Text.from_ansi(text), soft_wrap=True)

    def _cut(self, line: Line) -> Text:
        text = Text.from_ansi(render(line, color=self._color))
        text.no_wrap, text.overflow = True, "ellipsis"
        return text
