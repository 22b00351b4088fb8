"""Which service a process belongs to, and what it runs."""

from __future__ import annotations

import os
import re

TYPE_CHECKING = False

_UNIT = re.compile(r"/([^/\n]+\.service)(?:/|$)", re.M)
_ARGUMENTS = 4  # of a command line that may name a script: interpreter, options, script


def service_of(folder: str) -> str | None:
    """Return the service of the system that a process belongs to, if any; not of a container in it.

    Args:
        folder: the process's, such as `/proc/1`.
    """
    found = _UNIT.search(text(os.path.join(folder, "cgroup")).decode("utf-8", "replace"))
    if found is None or found.group(1).startswith("user@") or not _shares_our_files(folder):
        return None
    return found.group(1)


def _shares_our_files(folder: str) -> bool:
    try:
        theirs, ours = os.stat(os.path.join(folder, "root")), os.stat("/")
    except OSError:
        return False
    return (theirs.st_dev, theirs.st_ino) == (ours.st_dev, ours.st_ino)


def scripts(folder: str) -> set[str]:
    """Return the files that a process's command line names where an interpreter finds its script."""
    arguments = text(os.path.join(folder, "cmdline")).split(b"\0")[:_ARGUMENTS]
    paths = [os.fsdecode(one) for one in arguments if one.startswith(b"/")]
    return {path for path in paths if os.path.isfile(path)}


def text(path: str) -> bytes:
    """Return a file's content; nothing of a process that has ended, or that is none of ours to look at."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b""
