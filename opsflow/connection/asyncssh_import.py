"""Importing asyncssh without what it can do without, and nobody here uses.

It looks for liboqs and nettle with `ctypes.util.find_library`, which runs ldconfig, gcc and ld, several times
where they are not installed: a tenth of a second in each start. The directories of the dynamic linker tell
the same (ld.so(8)).

It supports X.509 certificates (RFC 6187) where `cryptography.x509` can be imported, a tenth of its own
import. OpenSSH has none of them, its certificates are of another kind: they stay.
"""

from __future__ import annotations

import ctypes.util
import os
import sys
from collections.abc import Generator
from contextlib import contextmanager
from glob import glob
from types import ModuleType
from typing import cast

_DIRECTORIES = ("/usr/local/lib", "/usr/local/lib/*-linux-*", "/usr/lib/*-linux-*", "/usr/lib64", "/usr/lib")


def import_asyncssh() -> None:
    """Import asyncssh, if nobody has."""
    if "asyncssh" in sys.modules or not sys.platform.startswith("linux"):
        return
    ask = ctypes.util.find_library
    ctypes.util.find_library = find_library
    try:
        with _without("cryptography.x509"):
            import asyncssh  # noqa: F401  # pyright: ignore[reportUnusedImport]
    finally:
        ctypes.util.find_library = ask


@contextmanager
def _without(module: str) -> Generator[None]:
    """Have a module's import fail, unless it was imported before."""
    if module in sys.modules:
        yield
        return
    sys.modules[module] = cast(ModuleType, None)  # what the import system takes for "there is none"
    try:
        yield
    finally:
        del sys.modules[module]


def find_library(name: str) -> str | None:
    """Return the file of a shared library, None where there is none."""
    own = os.environ.get("LD_LIBRARY_PATH", "").split(":")
    for directory in (*filter(None, own), *_DIRECTORIES):
        for ending in (".so.*", ".so"):  # the bare name is for linkers, and may be a script of theirs
            if found := glob(f"{directory}/lib{name}{ending}"):
                return min(found, key=len)
    return None
