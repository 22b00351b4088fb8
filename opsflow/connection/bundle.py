"""The code that is sent to hosts, packed for its way; `stripped` has its plain sources."""

from __future__ import annotations

import base64
import hashlib
import zlib
from functools import cache
from typing import NamedTuple

from .stripped import PACKAGE, SOURCES, read, stripped_text

_LEVEL = 9


@cache
def bootstrap() -> tuple[str, bytes]:
    """Return the Python command (for `python3 -c`) that starts the runner, and what to send to it."""
    source = f"{read('loader').text}\nbegin({beginning()!r})\n"
    packed = zlib.compress(source.encode(), _LEVEL)
    # A buffered reader would swallow frames that follow: the runner opens the descriptor again.
    command = (
        "import os,sys,zlib\n"
        "b=b''\n"
        f"while len(b)<{len(packed)}:\n"
        f" d=os.read(0,{len(packed)}-len(b))\n"
        " if not d: sys.exit(0)\n"
        " b+=d\n"
        "exec(compile(zlib.decompress(b),'<opsflow>','exec'))"
    )
    return command, packed


@cache
def beginning() -> dict[str, Source]:
    """Return the sources that are there from the beginning, by full module name."""
    return sources("runner") | sources("hold")


Source = tuple[str, str]
"""Of a module, as `target.loader` takes it: a digest of it, and itself packed."""


@cache
def sources(module: str) -> dict[str, Source]:
    """Return the sources that a target module needs, itself last, by full module name.

    Args:
        module: the name within `opsflow.target`, such as `files`.
    """
    needed: dict[str, Source] = {}
    found = read(module)
    for name in found.needs:
        needed.update(sources(name))
    text = found.deferred().encode()
    needed[f"{PACKAGE}.{module}"] = hashlib.sha256(text).hexdigest()[:32], packed(text)
    return needed


def packed(content: bytes) -> str:
    """Return content as it travels in headers: compressed, as base64."""
    return base64.b64encode(zlib.compress(content, _LEVEL)).decode("ascii")


class Compat(NamedTuple):
    """One of our modules below `ansible.module_utils`, as it is on the host."""

    source: str
    package: bool


@cache
def compat_source(name: str) -> Compat | None:
    """Return our `ansible.module_utils.NAME` for the modules of a project, None where we have none."""
    parts = name.split(".")
    if not all(part.isidentifier() for part in parts):
        return None
    place = SOURCES.joinpath("compat", *parts[:-1])
    package = place / parts[-1] / "__init__.py"
    file = package if package.is_file() else place / f"{parts[-1]}.py"
    if not file.is_file():
        return None
    text = file.read_text(encoding="utf-8").replace(f"{PACKAGE}.compat", "ansible.module_utils")
    return Compat(stripped_text(text), file == package)
