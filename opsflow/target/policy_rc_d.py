"""Answering for a while whether packages may start their services (`/usr/sbin/policy-rc.d`)."""

from __future__ import annotations

import contextlib
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator

PATH = "/usr/sbin/policy-rc.d"


@contextlib.contextmanager
def answering(code: int | None, path: str = PATH) -> Generator[None]:
    """Let every question be answered with an exit code; None leaves things as they are.

    The administrator's own script is put aside meanwhile, in the same directory: a rename cannot lose it.
    """
    if code is None:
        yield
        return
    aside, new = path + ".opsflow-aside", path + ".opsflow-new"
    with open(new, "w") as file:
        file.write("#!/bin/sh\nexit %d\n" % code)
        os.fchmod(file.fileno(), 0o755)
    if os.path.lexists(path) and not os.path.lexists(aside):
        os.rename(path, aside)
    os.rename(new, path)
    try:
        yield
    finally:
        if os.path.lexists(aside):
            os.rename(aside, path)
        else:
            os.unlink(path)
