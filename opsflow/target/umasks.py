"""The umask of one command. That of this process belongs to all tasks that run in it."""

from __future__ import annotations


def under(umask: str | None) -> list[str]:
    """Return what goes before a command's words to run it under an octal umask; nothing without one."""
    return ["sh", "-c", 'umask "$0" && exec "$@"', umask] if umask else []
