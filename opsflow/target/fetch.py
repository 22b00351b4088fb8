"""Ansible's `fetch` on the host: sends a file, unless the control node has it."""

from __future__ import annotations

import hashlib
import os

from opsflow.target import files
from opsflow.target.paths import expand
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.request import Request


def locate(request: Request, src: str) -> dict[str, Any]:
    """Return where `src` is once `~` and variables are expanded."""
    return {"source": expand(request, src)}


def run(request: Request, src: str, have: str | None = None) -> dict[str, Any]:
    """Send a file in pieces; in check mode only its checksum.

    Args:
        have: the sha1 of what the control node has: nothing is sent when it is that of the file.
    """
    path = expand(request, src)
    if os.path.isdir(path):
        return {"refused": "remote file is a directory, fetch cannot work on directories"}
    try:
        if request.check or (have and files.digest(path) == have):
            return {"checksum": files.digest(path), "sent": False}
        sha1 = hashlib.sha1()  # noqa: S324
        for chunk in files.read(path):
            sha1.update(chunk)
            request.send_chunk(chunk)
    except (FileNotFoundError, NotADirectoryError):
        return {"refused": "the remote file does not exist"}
    except OSError as error:
        raise Fail("cannot read '%s': %s" % (src, error.strerror), file=src) from error
    return {"checksum": sha1.hexdigest(), "sent": True}
