"""Paths as options give them: `~` and variables are expanded on the host."""

from __future__ import annotations

import os
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from opsflow.target.request import Request

_VARIABLE = re.compile(r"\$(?:(\w+)|\{([^}]*)\})")


def expand(request: Request, path: str) -> str:
    """Return `path` with `$NAME`, `${NAME}` (unknown ones stay) and a leading `~` replaced."""
    if "$" in path:
        env = dict(os.environ)
        env.update(request.env)
        path = _VARIABLE.sub(lambda found: env.get(found.group(1) or found.group(2), found.group(0)), path)
    return os.path.expanduser(path)
