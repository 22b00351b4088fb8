"""The command line in processes of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

import yaml

from . import forks
from .forks import Forked

LIMIT_S = 90
KEPT = ("OPSFLOW_HOST_LOCK",)
"""Settings of the tests themselves."""


@dataclass(frozen=True)
class Done:
    """A command that has ended, without a traceback: whoever gets one sees no traceback."""

    code: int
    out: str
    err: str

    def __post_init__(self) -> None:
        assert "Traceback" not in self.out + self.err, self.out + self.err
        assert "this is a bug" not in self.out + self.err, self.out + self.err

    @property
    def events(self) -> list[dict[str, Any]]:
        """What `--output ndjson` said."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def summary(self) -> dict[str, Any]:
        """The summary at the end of `--output ndjson`."""
        return next(event["summary"] for event in self.events if event["event"] == "run_finished")

    def messages(self, task: str | None = None) -> dict[str, str]:
        """Return host → message of its failure (in a task), from `--output ndjson`."""
        return {
            name: failure["message"]
            for name, host in self.summary["hosts"].items()
            for failure in host["failures"]
            if task in (None, failure["task"])
        }


class Playing:
    """A run that goes on; its standard output is read line by line."""

    def __init__(self, process: Forked | subprocess.Popen[bytes], out: IO[str], errors: IO[str]) -> None:
        self.process = process
        self._out = out
        self._errors = errors
        self._lines: list[str] = []

    def until(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Read events of `--output ndjson` up to the wanted one and return it."""
        for line in self._out:
            self._lines.append(line)
            if wanted(event := json.loads(line)):
                return event
        raise AssertionError(f"it has ended: {self._lines} {self._said()}")

    def begun(self, task: str, hosts: int = 1) -> None:
        """Return when a task has begun on so many hosts."""
        for _ in range(hosts):
            self.until(lambda event: event["event"] == "host_started" and event["task"]["name"] == task)

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def end(self) -> Done:
        """Return how it ended."""
        rest = self._out.read()
        return Done(self.process.wait(LIMIT_S), "".join(self._lines) + rest, self._said())

    def _said(self) -> str:
        self._errors.seek(0)
        return self._errors.read()


@dataclass(frozen=True)
class Opsflow:
    """Runs commands in a directory; `play` writes its playbook there first.

    With `forked` false it starts the program as a person does, which takes longer.
    """

    directory: Path
    inventory: Path | None = None
    forked: bool = True

    def __call__(
        self, *arguments: str | Path, env: Mapping[str, str] | None = None, typed: str | None = None
    ) -> Done:
        """Run a command; `typed` is its standard input."""
        with self.started(*arguments, env=env, typed=typed) as run:
            return run.end()

    def play(
        self,
        play: str | list[Any],
        *arguments: str | Path,
        env: Mapping[str, str] | None = None,
        typed: str | None = None,
    ) -> Done:
        """Run a playbook, given as text or as values; `typed` is its standard input."""
        return self(*self._play(play, arguments), env=env, typed=typed)

    def playing(self, play: str | list[Any], *arguments: str | Path) -> AbstractContextManager[Playing]:
        """Start a playbook with `--output ndjson`."""
        return self.started(*self._play(play, arguments), "--output", "ndjson")

    @contextmanager
    def started(
        self, *arguments: str | Path, env: Mapping[str, str] | None = None, typed: str | None = None
    ) -> Generator[Playing]:
        """Yield a command while it goes on; it is killed at the end if it still does."""
        reading, writing = os.pipe()
        with open(reading) as out, TemporaryFile("w+") as errors, _input(typed) as stdin:
            streams = [stdin, writing, errors.fileno()]
            start = forks.start if self.forked else _start
            process = start([*map(str, arguments)], self.directory, environment(env), streams)
            os.close(writing)
            try:
                yield Playing(process, out, errors)
            finally:
                process.kill()
                process.wait(LIMIT_S)

    def _play(self, play: str | list[Any], arguments: tuple[str | Path, ...]) -> list[str | Path]:
        text = play if isinstance(play, str) else yaml.safe_dump(play, sort_keys=False)
        (self.directory / "play.yml").write_text(text)
        inventory = ["-i", self.inventory] if self.inventory else []
        return ["play", "play.yml", *inventory, *arguments]


def _start(
    arguments: Sequence[str], directory: Path, environment: Mapping[str, str], streams: Sequence[int]
) -> subprocess.Popen[bytes]:
    stdin, stdout, stderr = streams
    return subprocess.Popen(
        [sys.executable, "-m", "opsflow", *arguments],
        cwd=directory,
        env=environment,
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
    )


@contextmanager
def _input(text: str | None) -> Generator[int]:
    """Yield the descriptor that a text can be read from, or else what this process reads from."""
    if text is None:
        yield 0
        return
    reading, writing = os.pipe()
    with open(reading), open(writing, "w") as pipe:
        pipe.write(text)
        pipe.close()
        yield reading


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    root = str(Path(__file__).parents[2])
    ours = ("OPSFLOW_", "ANSIBLE_")
    kept = {key: value for key, value in os.environ.items() if not key.startswith(ours) or key in KEPT}
    return {**kept, "PYTHONPATH": root, **(extra or {})}
