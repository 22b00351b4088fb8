"""Ansible's `unarchive`: what an archive holds, in its place.

    run    the archive is on the host         sent   it comes from the control node
    unarchive_url   it comes from a URL       unarchive_tar, unarchive_zip   the kinds of archives

A kind lists its members, tells what of them is not there as it should be, and unpacks them.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile

from opsflow.target import attributes
from opsflow.target.paths import expand
from opsflow.target.request import Fail
from opsflow.target.unarchive_tar import Tar
from opsflow.target.unarchive_zip import Zip

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Sequence
    from typing import Any

    from opsflow.target.request import Request

    Result = dict[str, Any]

_PLACE = "/var/tmp"  # a disk, as /tmp may be a small memory


def run(request: Request, src: str, **options: Any) -> Result:
    """Unpack an archive that is on the host. The options are those of `unpack`."""
    skipped = skip(request, options)
    return skipped or unpack(request, expand(request, src), **options)


def sent(request: Request, name: str, **options: Any) -> Result:
    """Unpack an archive that the control node sends."""
    skipped = skip(request, options)
    if skipped:
        return skipped
    with temporary(name) as path:
        save(path, request.receive_chunks())
        return unpack(request, path, **options)


def skip(request: Request, options: dict[str, Any]) -> Result | None:
    """Take `creates` out of the options; return the result of a task that it makes superfluous."""
    creates = options.pop("creates", None)
    if creates and os.path.exists(expand(request, creates)):
        return {
            "skipped": True,
            "changed": False,
            "msg": "skipped, since %s exists" % expand(request, creates),
        }
    dest = expand(request, options["dest"])
    if not os.path.isdir(dest):
        raise Fail("dest '%s' must be an existing dir" % dest)
    return None


@contextlib.contextmanager
def temporary(name: str) -> Generator[str]:
    """Give the path for a file of this name that nobody else sees, and remove it afterwards."""
    folder = tempfile.mkdtemp(prefix="opsflow-archive-", dir=_PLACE if os.access(_PLACE, os.W_OK) else None)
    try:
        yield os.path.join(folder, name)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def save(path: str, chunks: Iterable[bytes]) -> None:
    """Write a file that arrives in pieces. Raises Fail when the disk takes no more."""
    try:
        with open(path, "wb") as file:
            for chunk in chunks:
                file.write(chunk)
    except OSError as error:
        raise Fail("cannot keep the archive in '%s': %s" % (os.path.dirname(path), error.strerror)) from error


def unpack(
    request: Request,
    src: str,
    dest: str,
    list_files: bool = False,
    keep_newer: bool = False,
    exclude: Sequence[str] = (),
    include: Sequence[str] = (),
    extra_opts: Sequence[str] = (),
    **wanted: Any,
) -> Result:
    """Unpack what is not there as it should be, and give all of it what is wanted of files.

    Args:
        list_files: return the members' names as `files`.
        keep_newer: leave files alone that are newer than in the archive.
        exclude: patterns of members that are left out.
        include: members, or patterns of them, that are all that is unpacked.
        extra_opts: more options of the tool.
    """
    path, dest = os.path.abspath(src), expand(request, dest)
    _check_source(path)
    kind = Zip if _begins_with(path, b"PK") else Tar
    archive = kind(request, path, os.path.abspath(dest), wanted, keep_newer)
    archive.exclude, archive.include, archive.options = list(exclude), list(include), list(extra_opts)
    members = archive.members()
    result: Result = {"handler": archive.handler, "dest": dest, "src": path, "changed": False}
    if not os.path.isabs(dest):
        result["warnings"] = ["'%s' is relative: the absolute path is '%s'" % (dest, archive.dest)]
    differences = archive.differences()
    if differences:
        result["changed"] = True
        if request.diff:
            result["diff"] = {"prepared": "".join(line + "\n" for line in differences)}
        if not request.check:
            result["extract_results"] = _extract(archive, result)
    if not request.check and any(value is not None for value in wanted.values()):
        result["changed"] = _dress(request, dest, members, wanted) or result["changed"]
    if list_files:
        result["files"] = members
    result.update(attributes.info(dest))
    return result


def _check_source(path: str) -> None:
    if not os.path.exists(path):
        raise Fail("Source '%s' does not exist" % path)
    if os.path.isdir(path):
        raise Fail("Source '%s' is a directory, not an archive" % path)
    if not os.access(path, os.R_OK):
        raise Fail("Source '%s' not readable" % path)
    if os.path.getsize(path) == 0:
        raise Fail("Invalid archive '%s', the file is 0 bytes" % path)


def _begins_with(path: str, magic: bytes) -> bool:
    with open(path, "rb") as file:
        return file.read(len(magic)) == magic


def _extract(archive: Tar | Zip, result: Result) -> dict[str, Any]:
    done = archive.extract()
    told = {"cmd": done.argv, "rc": done.rc, "out": done.stdout, "err": done.stderr}
    if done.rc != 0:
        lines = (done.stderr.strip() or done.stdout.strip()).splitlines()
        raise Fail(
            "failed to unpack %s to %s: %s" % (result["src"], result["dest"], lines[-1] if lines else ""),
            **dict(result, extract_results=told),
        )
    return told


def _dress(request: Request, dest: str, members: Sequence[str], wanted: dict[str, Any]) -> bool:
    """Give members, and the topmost directories that they are in, owner, group and mode."""
    changed = False
    tops = dict.fromkeys(name.split("/")[0] for name in members if "/" in name)
    for name in [*members, *tops]:
        request.raise_if_cancelled()
        path = os.path.join(dest, name)
        if os.path.lexists(path):
            changed = attributes.apply(request, path, wanted) or changed
    return changed
