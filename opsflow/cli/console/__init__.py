"""What a person, or a program, reads of a run: subscribers of its events.

    values ← shown ← transcript ← plain ← live → board
    stream (json, ndjson)

`console_for` picks one. Text is made to be read at 3 a.m.: what changed, what failed, what to do next.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Literal, Protocol, TextIO, get_args

from opsflow.cli.out import is_screen, use_color
from opsflow.core.errors import UsageError, did_you_mean
from opsflow.core.events import Event

from .shown import Options
from .stream import JsonDocument, NdjsonStream

Output = Literal["text", "json", "ndjson"]


class Console(Protocol):
    """A subscriber of run events that writes to a stream."""

    def __call__(self, event: Event) -> None:
        """Take an event into account."""
        ...

    def suspended(self) -> AbstractContextManager[None]:
        """Leave the stream alone while a person is asked something."""
        ...

    def close(self) -> None:
        """Write what is left and give the stream back; call it however the run ended."""
        ...


def console_for(
    output: str,
    *,
    verbosity: int = 0,
    diff: bool = False,
    color: bool | None = None,
    stream: TextIO | None = None,
    live: bool = True,
    clock: Callable[[], float] | None = None,
) -> Console:
    """Return the console for a run.

    Args:
        output: `text` (a live screen on a terminal, else lines), `json` or `ndjson`.
        verbosity: how many times -v was given.
        diff: whether to show what changed inside files.
        color: None to decide by the stream and the environment (NO_COLOR, FORCE_COLOR, TERM).
        stream: where to write, by default standard output.
        live: whether the run goes on; a record is only lines.
        clock: gives the time of each event, in seconds since the epoch; by default it is now.

    Raises:
        UsageError: there is no such output.
    """
    check_output(output)
    out: TextIO = sys.stdout if stream is None else stream
    if output != "text":
        return NdjsonStream(out, clock or time.time) if output == "ndjson" else JsonDocument(out)
    colored = use_color(out) if color is None else color
    return _text_console(out, Options(verbosity, diff), colored, live, clock)


def check_output(output: str) -> None:
    """Raise UsageError where there is no such output."""
    known = get_args(Output)
    if output not in known:
        hint = did_you_mean(output, known) or f"one of: {', '.join(known)}"
        raise UsageError(f"there is no output '{output}'", hint=hint)


def _text_console(
    stream: TextIO, options: Options, color: bool, live: bool, clock: Callable[[], float] | None
) -> Console:
    from .plain import Plain
    from .transcript import Transcript

    transcript = Transcript(options)
    if live and is_screen(stream):
        from .live import Live  # only here: rich takes a while to import

        return Live(transcript, stream, color=color, clock=clock or time.monotonic)
    return Plain(transcript, stream, color=color)
