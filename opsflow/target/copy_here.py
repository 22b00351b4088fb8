"""Ansible's `copy` with `remote_src`: a file or a tree that is on the host already."""

from __future__ import annotations

import os

from opsflow.target import attributes, files
from opsflow.target.copy import destination, link, unchanged
from opsflow.target.paths import expand
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.request import Request

    Result = dict[str, Any]


def run(
    request: Request,
    src: str,
    dest: str,
    force: bool = True,
    follow: bool = False,
    local_follow: bool = True,
    backup: bool = False,
    validation: str | None = None,
    expected: str | None = None,
    mode: Any = None,
    directory_mode: Any = None,
    **wanted: Any,
) -> Result:
    """Copy a file or a tree that is on the host already (`remote_src`)."""
    source = expand(request, src)
    if not os.path.exists(source):
        raise Fail("Source %s not found" % src)
    if os.path.isdir(source):
        wanted["mode"] = mode
        return _local_tree(request, source, expand(request, dest), local_follow, directory_mode, wanted)
    wanted["mode"] = os.stat(source).st_mode & 0o7777 if mode == "preserve" else mode
    name = os.path.basename(source)
    place = destination(request, expand(request, dest), name, follow, dict(wanted, mode=directory_mode))
    checksum = files.digest(source)
    if expected and checksum != expected:
        raise Fail(
            "Copied file does not match the expected checksum. Transfer failed.",
            checksum=checksum,
            expected_checksum=expected,
        )
    result: Result = {"dest": place, "src": source, "checksum": checksum}
    if os.path.lexists(place) and not force:
        return {"dest": place, "src": source, "changed": False, "msg": "file already exists"}
    if files.checksum(place, follow=False) == checksum:
        return unchanged(request, result, wanted)
    return _local_file(request, source, place, result, wanted, backup, validation)


def _local_file(
    request: Request,
    source: str,
    place: str,
    result: Result,
    wanted: dict[str, Any],
    backup: bool,
    validation: str | None,
) -> Result:
    result["changed"] = True
    if request.diff:
        result["diff"] = files.diff(files.beginning(place), files.beginning(source), place, source)
    if not request.check:
        written = files.replace(request, place, files.read(source), wanted, backup, validation)
        attributes.apply(request, place, wanted)
        result.update(written.result())
        result.update(attributes.info(place))
    return result


def _local_tree(
    request: Request, source: str, dest: str, follow: bool, directory_mode: Any, wanted: dict[str, Any]
) -> Result:
    top = dest.rstrip("/") or "/"
    if not source.endswith("/") and os.path.isdir(dest):
        top = os.path.join(top, os.path.basename(source))
    directory = dict(wanted, mode=directory_mode)
    changed = bool(files.make_directories(request, top, directory))
    for base, names, others in os.walk(source, followlinks=follow):
        below = os.path.normpath(os.path.join(top, os.path.relpath(base, source)))
        for name in names + others:
            request.raise_if_cancelled()
            path, place = os.path.join(base, name), os.path.join(below, name)
            if os.path.islink(path) and not follow:
                changed = link(request, os.readlink(path), place) or changed
            elif os.path.isdir(path):
                changed = bool(files.make_directories(request, place, directory)) or changed
            else:
                changed = _local_member(request, path, place, wanted) or changed
    result: Result = {"src": source, "dest": top, "changed": changed, "checksum": None, "md5sum": None}
    return dict(result, **attributes.info(top))


def _local_member(request: Request, path: str, place: str, wanted: dict[str, Any]) -> bool:
    if wanted.get("mode") in (None, "preserve"):
        wanted = dict(wanted, mode=os.stat(path).st_mode & 0o7777)
    if files.checksum(place, follow=False) == files.digest(path):
        return attributes.apply(request, place, wanted)
    if not request.check:
        files.replace(request, place, files.read(path), wanted)
        attributes.apply(request, place, wanted)
    return True
