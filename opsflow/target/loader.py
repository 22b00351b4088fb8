"""Makes modules of the sources that the control node sends: what a host runs first, the runner included.

Where root has run a source before, its compiled form is in a directory of root's until the host restarts: to
compile what twenty usual tasks need takes a host as long as to do them. Other users read what is there and
keep nothing. The libraries that a source imports are imported when they are used, most of them never.
"""

from __future__ import annotations

import binascii
import collections
import marshal
import os
import sys
import types
import zlib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    Packed = tuple[str, str]  # the digest of a source, and the source, compressed, as base64

COMPILED = "/run/opsflow"
MOST_KEPT = 1000  # compiled sources: each version of OpsFlow leaves some


def load(code: Mapping[str, Packed]) -> None:
    """Make modules of their packed sources, in order: {"opsflow.target.files": (digest, source)}."""
    for name, (digest, packed) in code.items():
        module = types.ModuleType(name)
        module.__file__ = "<%s>" % name
        sys.modules[name] = module
        exec(_compiled(module.__file__, digest, packed), module.__dict__)  # noqa: S102
        setattr(sys.modules["opsflow.target"], name.rsplit(".", 1)[1], module)


def begin(code: Mapping[str, Packed]) -> None:
    """Make the modules that are there from the beginning, and become the runner."""
    for name in ("opsflow", "opsflow.target"):
        sys.modules[name] = types.ModuleType(name)
    sys.modules["opsflow.target.loader"] = sys.modules[__name__]
    load(code)
    sys.modules["opsflow.target.runner"].main()


class _Library(types.ModuleType):
    """A library that is imported when something of it is used."""

    def __getattr__(self, name: str) -> Any:
        return getattr(__import__(self.__name__), name)


def library(name: str) -> types.ModuleType:
    """Return a library, now or later: a source's `import name`."""
    return sys.modules.get(name) or _Library(name)


def NamedTuple(name: str, fields: Sequence[tuple[str, str]]) -> type:  # noqa: N802 - the name in `typing`
    """Return a class of tuples with names: stands for typing's, which takes a host long to import."""
    return collections.namedtuple(name, [field for field, _ in fields])  # pyright: ignore


def _compiled(file: str, digest: str, packed: str) -> types.CodeType:
    """Return the code of a source, as it was kept or compiled now."""
    # What one version of Python compiles another one can't run.
    place = "%s/%s-%s-%x" % (COMPILED, digest, sys.implementation.name, sys.hexversion)
    try:
        with open(place, "rb") as kept:
            if _is_roots(os.lstat(COMPILED)) and _is_roots(os.fstat(kept.fileno())):
                return marshal.loads(kept.read())  # noqa: S302 - root alone can have written it
    except (OSError, EOFError, ValueError, TypeError):
        pass  # not there, or half of it: it is made anew
    code = compile(zlib.decompress(binascii.a2b_base64(packed)), file, "exec")
    if os.geteuid() == 0:
        _keep(place, marshal.dumps(code))
    return code


def _is_roots(found: os.stat_result) -> bool:
    """Tell whether nobody but root can write it, whatever root's umask was."""
    return found.st_uid == 0 and not found.st_mode & 0o022


def _keep(place: str, compiled: bytes) -> None:
    """Keep a compiled source for the next run, if that is possible."""
    half = "%s.%d" % (place, os.getpid())
    try:
        os.makedirs(COMPILED, 0o755, exist_ok=True)
        if not _is_roots(os.lstat(COMPILED)):
            return
        there = os.listdir(COMPILED)
        if len(there) >= MOST_KEPT:
            for name in there:
                os.unlink(os.path.join(COMPILED, name))
        try:
            file = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
            with os.fdopen(file, "wb") as new:
                new.write(compiled)
            os.rename(half, place)
        except OSError:
            os.unlink(half)  # half of it, where the memory behind the directory is full
            raise
    except OSError:
        pass  # full, or read-only: the next run compiles it again
