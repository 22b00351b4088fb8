"""Ansible's `tempfile`: a file or directory that nobody else has."""

from __future__ import annotations

import os
import tempfile

from opsflow.target import attributes
from opsflow.target.paths import expand
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.request import Request


def run(
    request: Request, state: str = "file", path: str | None = None, prefix: str = "ansible.", suffix: str = ""
) -> dict[str, Any]:
    """Make it and return its path."""
    place = expand(request, path) if path else None
    try:
        if state == "directory":
            made = tempfile.mkdtemp(suffix, prefix, place)
        else:
            fd, made = tempfile.mkstemp(suffix, prefix, place)
            os.close(fd)
    except OSError as error:
        raise Fail("cannot make a temporary %s in '%s': %s" % (state, place, error.strerror)) from error
    return dict(attributes.info(made), path=made, changed=True)
