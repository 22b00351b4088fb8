"""Target modules as hosts get them, kept in the user's cache: to parse them takes a tenth of a second a run.

A file of the cache is used while the module is what it was; it is never used where others could have written
it, as what is in it is run on hosts.
"""

from __future__ import annotations

import ast
import contextlib
import json
import os
import stat
import tempfile
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, cast

from .stripping import strip

PACKAGE = "opsflow.target"
SOURCES = Path(__file__).parents[1] / "target"
_FORMAT = 3
"""Of a file, and of what is stripped: one more when either changes."""


Of = list[int | str]
"""What a file of the cache was made of."""


class Stripped(NamedTuple):
    """A target module: the siblings that it imports, its plain source, and where that imports a library."""

    needs: list[str]
    text: str
    libraries: list[tuple[int, str]]

    def deferred(self) -> str:
        """Return the source for a runner, which imports a library when it is used: see `target.loader`."""
        lines = self.text.split("\n")
        for number, name in self.libraries:
            lines[number - 1] = f"from {PACKAGE}.loader import library; {name} = library({name!r})"
        return "\n".join(lines).replace(
            "from typing import NamedTuple", f"from {PACKAGE}.loader import NamedTuple"
        )


@cache
def read(module: str) -> Stripped:
    """Return a module by its name within `opsflow.target`."""
    file = SOURCES / f"{module}.py"
    found = file.stat()
    of: Of = [_FORMAT, str(file), found.st_mtime_ns, found.st_size]
    place = _directory()
    if place and (kept := _kept(place / f"{module}.json", of)):
        return kept
    text = file.read_text(encoding="utf-8")
    tree = ast.parse(text)
    made = Stripped(_imports(tree), strip(text, tree), _libraries(tree))
    if place:
        with contextlib.suppress(OSError):  # a full disk: the next run parses it again
            _keep(place / f"{module}.json", of, made)
    return made


def stripped(module: str) -> str | None:
    """Return the source of a target module by its name within `opsflow.target`, None where there is none."""
    if not module.isidentifier() or not (SOURCES / f"{module}.py").is_file():
        return None
    return read(module).text


def stripped_text(text: str) -> str:
    """Return the plain source of a text that is kept nowhere."""
    return strip(text, ast.parse(text))


def _imports(tree: ast.Module) -> list[str]:
    """Return the sibling modules that a module imports: `from opsflow.target import x`, `… .x import y`."""
    found: list[str] = []
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.module == PACKAGE:
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith(PACKAGE + "."):
            found.append(str(node.module).rsplit(".", 1)[1])
    return [name for name in found if name != "loader"]


def _libraries(tree: ast.Module) -> list[tuple[int, str]]:
    """Return the lines that are `import name` at the top of a module: in a `try` it is wanted at once."""
    names = [(node.lineno, node.names[0]) for node in tree.body if isinstance(node, ast.Import)]
    return [(number, alias.name) for number, alias in names if "." not in alias.name and not alias.asname]


@cache
def _directory() -> Path | None:
    """Return the directory of the cache, None where there can be none that is only ours."""
    home = os.environ.get("HOME", "")
    base = os.environ.get("XDG_CACHE_HOME") or (f"{home}/.cache" if home else "")
    place = Path(base, "opsflow", "target")
    if not place.is_absolute():
        return None
    try:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = place.stat()
    except OSError:
        return None
    others = found.st_uid != os.geteuid() or found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    return None if others else place


def _kept(file: Path, of: Of) -> Stripped | None:
    """Return what a file of the cache holds, None where there is none of this very module."""
    try:
        found: Any = json.loads(file.read_bytes())
    except (OSError, ValueError):
        return None
    if not isinstance(found, dict):
        return None
    kept = cast("dict[str, Any]", found)
    if kept.get("of") != of:
        return None
    return Stripped(kept["needs"], kept["text"], [(number, name) for number, name in kept["libraries"]])


def _keep(file: Path, of: Of, made: Stripped) -> None:
    with tempfile.NamedTemporaryFile("w", dir=file.parent, delete=False) as new:
        json.dump({"of": of, **made._asdict()}, new)
    Path(new.name).replace(file)
