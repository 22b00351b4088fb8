"""Ansible's `copy` and `template` on the host: one file, sent along or streamed when it is needed."""

from __future__ import annotations

import hashlib
import os
import stat

from opsflow.target import attributes, files
from opsflow.target.paths import expand
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.request import Request

    Result = dict[str, Any]


def put(
    request: Request,
    dest: str,
    checksum: str,
    content: str = "payload",
    size: int = -1,
    name: str | None = None,
    header: str = "",
    force: bool = True,
    follow: bool = False,
    backup: bool = False,
    validation: str | None = None,
    directory_mode: Any = None,
    **wanted: Any,
) -> Result:
    """Put one file in its place, where it is not there yet.

    Args:
        checksum: the sha1 of the content; "" where nobody knows it.
        content: where the content is: `payload`, `stream`, or `later`: then the result is {wanted: true}
            when it is needed, and nothing has been done.
        size: bytes of the content, where only these are known: the result is {same_size: true} where that is
            not enough to tell whether it is needed.
        name: the file's name where `dest` is a directory; without one that is an error.
        header: what a diff shows above the new content.
    """
    dest = destination(request, expand(request, dest), name, follow, dict(wanted, mode=directory_mode))
    result: Result = {"dest": dest, "checksum": checksum}
    if os.path.lexists(dest) and not force:
        return {"dest": dest, "changed": False}
    if size >= 0:
        return {"same_size": True} if _size(dest) == size else {"wanted": True}
    if checksum and files.checksum(dest, follow=False) == checksum:
        return unchanged(request, result, wanted)
    if content == "later" and not request.check:
        return {"wanted": True}
    result["changed"] = True
    before = files.beginning(dest) if request.diff else None
    if request.check:
        if request.diff:
            new = request.payload if content == "payload" else files.LARGE
            result["diff"] = files.diff(before, new, dest, header)
        return result
    chunks = [request.payload] if content == "payload" else request.receive_chunks()
    written = files.replace(request, dest, chunks, wanted, backup, validation, checksum or None)
    attributes.apply(request, dest, wanted)
    result.update(written.result())
    result.update(attributes.info(dest))
    if request.diff:
        result["diff"] = files.diff(before, files.beginning(dest), dest, header)
    return result


def _size(path: str) -> int | None:
    """Return how many bytes a regular file has; None for anything else and where nothing is."""
    try:
        found = os.lstat(path)
    except OSError:
        return None
    return found.st_size if stat.S_ISREG(found.st_mode) else None


def sha1(content: bytes) -> str:
    """Return the checksum of a content."""
    return hashlib.sha1(content).hexdigest()  # noqa: S324


def destination(request: Request, dest: str, name: str | None, follow: bool, wanted: dict[str, Any]) -> str:
    """Return the path of the file itself; make the directory that a `dest` with a `/` at its end names."""
    if dest.endswith("/") or os.path.isdir(dest):
        if not name:
            raise Fail("can not use content with a dir as dest", dest=dest)
        made = files.make_directories(request, dest.rstrip("/") or "/", wanted)
        dest = os.path.join(dest, name)
        if made and request.check:
            return dest
    if follow and os.path.islink(dest):
        dest = os.path.realpath(dest)
    directory = os.path.dirname(dest) or "."
    if os.path.isdir(dest) and not os.path.islink(dest):
        raise Fail("'%s' is a directory: a file can't take its place" % dest, dest=dest)
    if not os.path.isdir(directory) and not request.check:  # an earlier task may be about to make it
        raise Fail("Destination directory %s does not exist" % directory, dest=dest)
    return dest


def unchanged(request: Request, result: Result, wanted: dict[str, Any]) -> Result:
    """Return the result of a file whose content is right: its attributes may not be."""
    dest = result["dest"]
    seen: attributes.Diff = {"before": {"path": dest}, "after": {"path": dest}}
    result["changed"] = attributes.apply(request, dest, wanted, seen)
    if result["changed"] and request.diff:
        result["diff"] = seen
    result["path"] = dest
    result.update(attributes.info(dest))
    return result


def link(request: Request, to: str, place: str) -> bool:
    """Make a symbolic link unless it is there; return whether it was not."""
    if os.path.islink(place) and os.readlink(place) == to:
        return False
    if not request.check:
        if os.path.lexists(place):
            os.unlink(place)
        os.symlink(to, place)
    return True
