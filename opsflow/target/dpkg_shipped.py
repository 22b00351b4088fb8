"""What dpkg remembers of the configuration files that a package shipped.

A package that was put together from the files of a host holds the administrator's version of a configuration
file. Installing it would let dpkg believe that this is what was shipped, and the next upgrade would replace
it without a word. So what dpkg had remembered is written back to its database, which has no command for that.
"""

from __future__ import annotations

import fcntl
import os
import time

from opsflow.target import apt_locks, conffiles, dpkg_status

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from opsflow.target.request import Request

LOCKS = ("lock-frontend", "lock")


def remember(request: Request, stanzas: Mapping[str, bytes], lock_timeout: float) -> None:
    """Let dpkg's database say of packages what earlier stanzas said of their conffiles.

    Raises Fail when another package manager keeps its locks.
    """
    paths = [os.path.join(dpkg_status.ADMIN, name) for name in LOCKS]
    apt_locks.wait(request, paths, time.time() + lock_timeout, lock_timeout)
    held = [os.open(path, os.O_RDWR | os.O_CREAT, 0o640) for path in paths]
    try:
        for one in held:
            fcntl.lockf(one, fcntl.LOCK_EX)
        _rewrite(stanzas)
    finally:
        for one in held:
            os.close(one)


def _rewrite(stanzas: Mapping[str, bytes]) -> None:
    status = dpkg_status.read()
    path = os.path.join(dpkg_status.ADMIN, "status")
    with open(path, "rb") as file:
        text = file.read()
    for label, earlier in stanzas.items():
        now = status.stanza(label).strip()
        if now and now in text:
            text = text.replace(now, conffiles.with_field(now, conffiles.field(earlier)), 1)
    with open(path + "-new", "wb") as file:
        file.write(text)
        os.fchmod(file.fileno(), 0o644)  # whatever our umask: everybody asks dpkg
        file.flush()
        os.fsync(file.fileno())
    os.replace(path + "-new", path)
