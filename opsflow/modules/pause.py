"""pause: wait for a time, or for a person."""

from __future__ import annotations

import asyncio
import datetime
import sys
import termios
from collections.abc import Generator
from contextlib import contextmanager
from typing import Self

from pydantic import model_validator

from .base.module import Module, ModuleArgs, Result, TaskContext, modules
from .base.types import Bool, Float, Text

_TICK = 1.0  # seconds between two reports of the time that is left


@modules.register("pause")
class Pause(Module):
    """Wait for `seconds` or `minutes`, else until somebody presses Enter.

    What is typed is in the result as `user_input`. Where nobody can type it warns and goes on.

    Returns:
        user_input: what the person typed.
        start, stop, delta: when, and how many seconds.

    Examples:
        - name: Give the cluster a moment
          pause:
            seconds: 30

        - name: Ask a person
          pause:
            prompt: Look at the new host. Enter to go on
    """

    class Args(ModuleArgs):
        seconds: Float | None = None
        """How long to wait."""
        minutes: Float | None = None
        """How long to wait."""
        prompt: Text | None = None
        """What to say to the person who is to press the key."""
        echo: Bool = True
        """Show what is typed."""

        @model_validator(mode="after")
        def _one_time(self) -> Self:
            if self.seconds is not None and self.minutes is not None:
                raise ValueError("give seconds or minutes, not both")
            return self

    remote = False
    once = True

    async def run(self, task: TaskContext, args: Args) -> Result:
        start = datetime.datetime.now()
        seconds = args.minutes * 60 if args.minutes is not None else args.seconds
        result: Result = {"changed": False, "echo": args.echo, "rc": 0, "stderr": "", "user_input": ""}
        if seconds is not None:
            await _wait(task, seconds, args.prompt)
        elif sys.stdin.isatty():
            result["user_input"] = await _ask(task, args.prompt or "Press Enter to continue", args.echo)
        else:
            result["warnings"] = ["nobody can press Enter: the input is not a terminal; going on"]
        stop = datetime.datetime.now()
        elapsed = (stop - start).total_seconds()
        by_seconds = args.seconds is not None
        shown = f"{elapsed:.2f} seconds" if by_seconds else f"{elapsed / 60:.2f} minutes"
        result.update(start=str(start), stop=str(stop), delta=int(elapsed), stdout=f"Paused for {shown}")
        return result


async def _wait(task: TaskContext, seconds: float, prompt: str | None) -> None:
    left = seconds
    while left > 0:
        task.progress(f"{prompt or 'Pausing'}: {left:.0f} s left", 100 * (1 - left / seconds))
        step = min(_TICK, left)
        await asyncio.sleep(step)
        left -= step


async def _ask(task: TaskContext, prompt: str, echo: bool) -> str:
    """Return the line that a person types, without holding up anything else."""
    print(prompt, file=sys.stderr)  # also where the screen shows no progress
    task.progress(prompt)
    loop = asyncio.get_running_loop()
    typed: asyncio.Future[str] = loop.create_future()
    source = sys.stdin.fileno()

    def read() -> None:
        if not typed.done():
            typed.set_result(sys.stdin.readline())

    with _echoing(source, echo):
        loop.add_reader(source, read)
        try:
            return (await typed).rstrip("\r\n")
        finally:
            loop.remove_reader(source)


@contextmanager
def _echoing(terminal: int, echo: bool) -> Generator[None]:
    """Show what is typed, or do not, and leave the terminal as it was."""
    before = termios.tcgetattr(terminal)
    wanted = list(before)
    wanted[3] = wanted[3] | termios.ECHO if echo else wanted[3] & ~termios.ECHO
    termios.tcsetattr(terminal, termios.TCSADRAIN, wanted)
    try:
        yield
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)
