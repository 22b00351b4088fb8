"""A version of a clone packed into one file."""

from __future__ import annotations

import os
import shutil
import tempfile

from opsflow.target import files
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from opsflow.target.git_tool import Git

_FORMATS = {".zip": "zip", ".gz": "tar.gz", ".tar": "tar", ".tgz": "tgz"}


def pack(git: Git, clone: str, path: str, prefix: str | None, version: str) -> bool:
    """Write the archive unless it is there with just this content; return whether it was not."""
    kind = _FORMATS.get(os.path.splitext(path)[1])
    if kind is None:
        raise Fail(
            "Unable to get file extension from archive file name : %s" % path,
            details="the archive's name must end in .tar, .tar.gz, .tgz or .zip",
        )
    if git.request.check:
        return True
    try:
        folder = tempfile.mkdtemp(prefix=".opsflow-", dir=os.path.dirname(os.path.abspath(path)))
    except OSError as error:
        raise Fail("cannot write the archive %s: %s" % (path, error.strerror)) from error
    try:
        fresh = os.path.join(folder, "archive")
        argv = ["archive", "--format", kind, "--output", fresh]
        argv += ["--prefix", prefix] if prefix is not None else []
        done = git.run([*argv, version], clone)
        if done.rc != 0:
            details = "git archive could not pack %s into %s: %s" % (clone, path, done.stderr.strip())
            raise Fail("Failed to perform archive operation", details=details)
        if files.checksum(path) == files.checksum(fresh):
            return False
        os.rename(fresh, path)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return True
