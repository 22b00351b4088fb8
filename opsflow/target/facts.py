"""What all collectors of facts share: reading small files, and the gathering they are part of."""

from __future__ import annotations

import os
import shutil

from opsflow.target.request import with_sbin

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.request import Request


class Gather:
    """One gathering: how long a slow source may take (in seconds), and what went wrong."""

    def __init__(self, request: Request, timeout: float, fact_path: str) -> None:
        self.request = request
        self.timeout = timeout
        self.fact_path = fact_path
        self.warnings: list[str] = []
        self.facts: dict[str, Any] = {}


def read(path: str, default: str = "") -> str:
    """Return a file's text without blanks around it, `default` where it is empty or can't be read."""
    try:
        with open(path, errors="surrogateescape") as file:
            return file.read().strip() or default
    except (OSError, ValueError):
        return default


def names(path: str) -> list[str]:
    """Return the sorted names in a directory, none where there is no such directory."""
    try:
        return sorted(os.listdir(path))
    except OSError:
        return []


def which(name: str) -> str | None:
    """Return the path of a program, also where PATH lacks the administrator's directories."""
    return shutil.which(name, path=with_sbin(os.environ.get("PATH", "")))
