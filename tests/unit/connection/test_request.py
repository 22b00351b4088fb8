"""What a command says at its very end is not lost."""

from __future__ import annotations

import os
from typing import Any

from opsflow.target.request import Request


class _Child:
    """A process that speaks and ends between two looks at it; its pipes stay open, as a daemon's do."""

    stdin = None
    args = ("said",)

    def __init__(self) -> None:
        self.pipes = [os.pipe(), os.pipe()]
        self.stdout, self.stderr = (os.fdopen(read, "rb", 0) for read, _ in self.pipes)
        self.returncode: int | None = None

    def poll(self) -> int | None:
        if self.returncode is None:
            os.write(self.pipes[0][1], b"said at last\n")
            self.returncode = 0
        return self.returncode

    def close(self) -> None:
        for _, write in self.pipes:
            os.close(write)


def test_what_a_process_says_as_it_ends_is_read() -> None:
    child: Any = _Child()
    nobody: Any = None
    completed = Request(nobody, {"id": 1, "fn": "", "args": {}}, b"").attend(child)
    child.close()
    assert (completed.stdout, completed.stderr) == ("said at last\n", "")
