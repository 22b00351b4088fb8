"""Talking with a program on a terminal of its own: it asks, we answer."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
from typing import NamedTuple

from opsflow.target.request import Fail, kill_group

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from opsflow.target.request import Request

    Reply = tuple[re.Pattern[bytes], Iterator[bytes]]

_LOOK = 0.5  # seconds between two looks for whether the task is still wanted
_BREATH = 0.05  # seconds in which a program that has asked makes ready to listen
_END = 5.0  # seconds in which a program ends that has closed its terminal

Talk = NamedTuple("Talk", [("rc", "int | None"), ("output", "bytes")])
"""How a program ended (None: it said nothing for too long, and was stopped), and all that it said."""


class NoAnswer(Exception):
    """A question came once more than there are answers; `question` is its pattern."""

    def __init__(self, question: bytes, output: bytes) -> None:
        Exception.__init__(self, question)
        self.question = question
        self.output = output


def converse(
    request: Request,
    argv: Sequence[str],
    replies: Sequence[Reply],
    timeout: float | None,
    cwd: str | None = None,
    echo: bool = False,
    on_line: Callable[[str], None] | None = None,
) -> Talk:
    """Run a program and answer its questions. Raises Fail when it can't be started, and NoAnswer.

    Args:
        replies: patterns, searched in what was said since the last answer, and their answers in turn.
        timeout: seconds between two answers, None for any time.
        echo: let the terminal show the answers.
        on_line: called with each line that the program says.
    """
    ours, theirs = _terminal(echo)
    try:
        child = _start(request, argv, theirs, cwd)
    except OSError as error:
        os.close(ours)
        raise Fail("cannot run %s: %s" % (argv[0], error.strerror), cmd=list(argv), rc=error.errno) from error
    finally:
        os.close(theirs)
    request.children.add(child)
    try:
        output, in_time = _Talking(request, ours, replies, timeout, on_line).run()
        return Talk(_ended(child) if in_time else None, output)
    finally:
        if child.poll() is None:
            kill_group(child)
        request.children.discard(child)
        os.close(ours)


def _terminal(echo: bool) -> tuple[int, int]:
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    if not echo:
        attributes = termios.tcgetattr(theirs)
        attributes[3] &= ~termios.ECHO
        termios.tcsetattr(theirs, termios.TCSANOW, attributes)
    return ours, theirs


def _start(request: Request, argv: Sequence[str], terminal: int, cwd: str | None) -> subprocess.Popen[bytes]:
    def own_terminal() -> None:
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    return subprocess.Popen(
        list(argv),
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        cwd=cwd,
        env=request.environ(own_locale=True),
        start_new_session=True,
        preexec_fn=own_terminal,
    )


def _ended(child: subprocess.Popen[bytes]) -> int:
    try:
        return child.wait(_END)
    except subprocess.TimeoutExpired:
        kill_group(child)
        return child.wait()


class _Talking:
    def __init__(
        self,
        request: Request,
        terminal: int,
        replies: Sequence[Reply],
        timeout: float | None,
        on_line: Callable[[str], None] | None,
    ) -> None:
        self.request = request
        self.terminal = terminal
        self.replies = replies
        self.timeout = timeout
        self.on_line = on_line
        self.output = b""
        self.pending = b""
        self.line = b""

    def run(self) -> tuple[bytes, bool]:
        """Answer until the program ends; return what it said, and whether that was in time."""
        asked = time.time()
        while True:
            self.request.raise_if_cancelled()
            left = self.timeout - (time.time() - asked) if self.timeout is not None else _LOOK
            if left <= 0:
                return self.output, False
            if not select.select([self.terminal], [], [], min(left, _LOOK))[0]:
                continue
            data = self._read()
            if not data:
                return self.output, True
            self.pending += data
            while self._answer():
                asked = time.time()

    def _read(self) -> bytes:
        try:
            data = os.read(self.terminal, 65536)
        except OSError:  # nobody has the other end any more
            return b""
        self.output += data
        if self.on_line:
            *lines, self.line = (self.line + data).split(b"\n")
            for line in lines:
                self.on_line(line.decode("utf-8", "replace").rstrip("\r"))
        return data

    def _answer(self) -> bool:
        """Answer the first question of what is pending; return whether there was one."""
        found = [(pattern.search(self.pending), pattern, answers) for pattern, answers in self.replies]
        matches = [(match.start(), match.end(), one, answers) for match, one, answers in found if match]
        if not matches:
            return False
        _, end, pattern, answers = min(matches, key=lambda match: match[0])
        self.pending = self.pending[end:]
        try:
            answer = next(answers)
        except StopIteration:
            raise NoAnswer(pattern.pattern, self.output) from None
        time.sleep(_BREATH)
        try:
            os.write(self.terminal, answer)
        except OSError:  # it has ended meanwhile
            return False
        return True
