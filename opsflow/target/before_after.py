"""How a small text file was and is, told to the control node for its record of what was changed.

Only of files that every account of the host may read: what is kept from others there is kept from the record.
"""

from __future__ import annotations

import os
import stat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

LIMIT = 32768  # bytes of a file, before and after


def difference(path: str, new: str, room: int) -> dict[str, Any] | None:
    """Return how a file is and what will take its place; None when that is not for the record.

    Args:
        path: the file, which may not be there yet.
        new: the one that will get its name, with the mode that it will have.
        room: bytes that may be told of it altogether.
    """
    if not _open_to_all(os.path.abspath(path), new):
        return None
    before, after = _text(path), _text(new)
    if before is None or after is None or before == after or len(before) + len(after) > room:
        return None
    return {"path": path, "before": before, "after": after}


def _open_to_all(path: str, new: str) -> bool:
    for file in (new, path):
        if os.path.lexists(file):
            found = os.lstat(file)
            if not (stat.S_ISREG(found.st_mode) and found.st_mode & stat.S_IROTH):
                return False
    while path != "/":
        path = os.path.dirname(path)
        if not os.stat(path).st_mode & stat.S_IXOTH:
            return False
    return True


def _text(path: str) -> str | None:
    """Return a file's text, empty where none is; None when it is too long, or no text."""
    if not os.path.lexists(path):
        return ""
    with open(path, "rb") as file:
        content = file.read(LIMIT + 1)
    if len(content) > LIMIT or b"\0" in content:
        return None
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return None
