"""Where files named in tasks are looked for."""

from __future__ import annotations

import os.path
from collections.abc import Sequence
from pathlib import Path


def find(name: str, kind: str, search: Sequence[str]) -> Path | None:
    """Return the first file or directory called `name`.

    Args:
        name: a path: absolute, or relative to the search path.
        kind: `files`, `templates`, `vars` or `tasks`: the folder that is tried first in each place.
        search: directories, the nearest first (`ansible_search_path`).
    """
    path = Path(os.path.expanduser(name))
    if path.is_absolute():
        return path if os.path.exists(path) else None
    for base in search:
        for candidate in (Path(base) / kind / name, Path(base) / name):
            if os.path.exists(candidate):
                return candidate
    return None
