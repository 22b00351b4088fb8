"""Ansible's `slurp`: a file's content, base64."""

from __future__ import annotations

import base64
import os

from opsflow.target.paths import expand
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.request import Request


def run(request: Request, src: str, armor: bool = True) -> dict[str, Any]:
    """Return a file's content: base64, or as text without `armor`."""
    path = expand(request, src)
    if os.path.isdir(path):
        raise Fail("Source is a directory and must be a file: %s" % src)
    try:
        with open(path, "rb") as file:
            content = file.read()
    except FileNotFoundError:
        raise Fail("File not found: %s" % src) from None
    except OSError as error:
        raise Fail("cannot read '%s': %s" % (src, error.strerror)) from error
    result: dict[str, Any] = {"changed": False, "source": path}
    if armor:
        return dict(result, content=base64.b64encode(content).decode("ascii"), encoding="base64")
    try:
        return dict(result, content=content.decode("utf-8"), encoding="utf-8")
    except UnicodeDecodeError:
        raise Fail("'%s' is not UTF-8 text: use armor: true" % src) from None
