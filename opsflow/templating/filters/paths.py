"""Filters on file names. Those that look at a file system look at the control node's."""

from __future__ import annotations

import glob
import ntpath
import os.path
from collections.abc import Callable
from typing import Any

from opsflow.templating.kinds import is_list, text, type_name


def path_join(parts: Any) -> str:
    """Return one path of a list of parts; an absolute part starts anew."""
    if isinstance(parts, str):
        return str(parts)
    if is_list(parts):
        return os.path.join(*map(text, parts))
    raise TypeError(f"needs text or a list, not {type_name(parts)}")


def fileglob(pattern: str) -> list[str]:
    """Return the regular files that a pattern matches, sorted."""
    return sorted(path for path in glob.glob(pattern) if os.path.isfile(path))


FILTERS: dict[str, Callable[..., Any]] = {
    "basename": os.path.basename,
    "commonpath": os.path.commonpath,
    "dirname": os.path.dirname,
    "expanduser": os.path.expanduser,
    "expandvars": os.path.expandvars,
    "fileglob": fileglob,
    "normpath": os.path.normpath,
    "path_join": path_join,
    "realpath": os.path.realpath,
    "relpath": os.path.relpath,
    "splitext": os.path.splitext,
    "win_basename": ntpath.basename,
    "win_dirname": ntpath.dirname,
    "win_splitdrive": ntpath.splitdrive,
}
