"""Finding programs."""

# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownMemberType=false, reportUnknownLambdaType=false

from __future__ import annotations

import os

from opsflow.target.compat.common.file import is_executable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_SBIN = ("/sbin", "/usr/sbin", "/usr/local/sbin")


def get_bin_path(arg: str, opt_dirs: Any = None, required: Any = None) -> str:
    """Return the path of a program: in `opt_dirs`, then in PATH, then where administrators' tools are.

    Raises ValueError when it is nowhere; `required` has no meaning any more.
    """
    places = [place for place in opt_dirs or [] if place is not None and os.path.exists(place)]
    places += os.environ.get("PATH", "").split(os.pathsep)
    places += [place for place in _SBIN if place not in places and os.path.exists(place)]
    for place in places:
        path = os.path.join(place, arg) if place else ""
        if path and os.path.exists(path) and not os.path.isdir(path) and is_executable(path):
            return path
    raise ValueError('Failed to find required executable "%s" in paths: %s' % (arg, os.pathsep.join(places)))
