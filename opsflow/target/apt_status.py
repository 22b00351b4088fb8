"""What apt-get tells through its status descriptor (`APT::Status-Fd`): progress and broken packages."""

from __future__ import annotations

import os
import re
import select
import threading
from typing import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from opsflow.target.request import Request

Line = NamedTuple(
    "Line",
    [("kind", "str"), ("subject", "str"), ("percent", "float"), ("message", "str")],
)
"""One line: `kind` is dlstatus, pmstatus, pmerror or pmconffile; `subject` a package, number or file."""

_LINE = re.compile(r"^(dlstatus|pmstatus|pmerror|pmconffile):(.*?):(\d+(?:\.\d+)?):(.*)$")
_ARCHITECTURE = re.compile(r" \([a-z0-9-]+\)$")


def parse(text: str) -> Line | None:
    """Return a line of the status descriptor, None for one that says nothing of use."""
    match = _LINE.match(text.strip())
    if not match:
        return None
    kind, subject, percent, message = match.groups()
    if kind == "dlstatus":
        message = message.replace("Retrieving file", "Downloading")
    return Line(kind, subject, float(percent), _ARCHITECTURE.sub("", message))


class Listener:
    """Reads the status descriptor while apt-get runs; a context manager.

    Give `write_end` to apt-get. Progress is sent as events; `errors` are (package, message) pairs.
    """

    def __init__(self, request: Request) -> None:
        self.request = request
        self.errors: list[tuple[str, str]] = []
        self.read_end, self.write_end = os.pipe()
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.shown = ("", -1)

    def __enter__(self) -> Listener:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        # A daemon that a package started may keep the other end open: its end is not waited for.
        os.close(self.write_end)
        self.ended.set()
        self.thread.join()
        os.close(self.read_end)

    def _read(self) -> None:
        partial = b""
        while True:
            last = self.ended.is_set()
            ready, _, _ = select.select([self.read_end], [], [], 0 if last else 0.2)
            data = os.read(self.read_end, 65536) if ready else b""
            if not data and (ready or last):
                return
            lines = (partial + data).split(b"\n")
            partial = lines.pop()
            for line in lines:
                self._take(parse(line.decode("utf-8", "replace")))

    def _take(self, line: Line | None) -> None:
        if line is None:
            return
        if line.kind == "pmerror":
            self.errors.append((line.subject, line.message))
        elif line.kind != "pmconffile" and (line.message, int(line.percent)) != self.shown:
            self.shown = (line.message, int(line.percent))
            self.request.event("progress", message=line.message, percent=round(line.percent, 1))
