"""Running a command on a host, whichever way the host is reached."""

from __future__ import annotations

from typing import Protocol


class Receiver(Protocol):
    """What a process tells: its output as it comes, and its end."""

    def stdout(self, data: bytes) -> None: ...
    def stderr(self, data: bytes) -> None: ...

    def ended(self, status: int | None, reason: str) -> None:
        """The process has ended.

        Args:
            status: its exit code, negative for a signal, None when the connection was lost before.
            reason: why the connection was lost, in words; empty when it was not.
        """
        ...


class Process(Protocol):
    """A process that runs on a host."""

    def write(self, data: bytes) -> None:
        """Send data to its standard input. Raises OSError when it has ended."""
        ...

    async def drain(self) -> None:
        """Wait until the other side has read enough for more to be written."""
        ...

    def close(self) -> None:
        """End its standard input."""
        ...

    def signal(self, name: str) -> None:
        """Send `TERM` or `KILL` to its process group, where the host's SSH server can."""
        ...


class Transport(Protocol):
    """A way to one host on which commands run. Each is a line for the login shell over there."""

    @property
    def alive(self) -> bool: ...

    async def spawn(self, command: str, receiver: Receiver, *, pty: bool = False) -> Process:
        """Start a command. Raises Unreachable."""
        ...

    def settled(self) -> None:
        """Say that the first program is up: now others may have their turn."""
        ...

    async def close(self) -> None:
        """Let go of the host. Processes should have been ended before."""
        ...
