"""What real tools printed, and a request that only remembers what it is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

DATA = Path(__file__).with_name("data")


def recorded(name: str) -> str:
    return (DATA / name).read_text()


class FakeRequest:
    """Enough of a request for code that runs no process; another process is an error."""

    def __init__(self) -> None:
        self.check = False
        self.events: list[dict[str, Any]] = []

    def event(self, kind: str, **data: Any) -> None:
        self.events.append({"type": kind, **data})

    def raise_if_cancelled(self) -> None:
        pass

    def command(self, argv: Any, **_: Any) -> Any:
        raise AssertionError(f"a process was started: {argv}")
