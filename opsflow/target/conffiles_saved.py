"""Configuration files before a change: kept, compared with what it made of them, put back."""

from __future__ import annotations

import difflib
import hashlib
import os
import shutil
import stat

from opsflow.target import files
from opsflow.target.conffiles import obsolete, recorded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from opsflow.target.dpkg_status import Status

BESIDE = (".dpkg-dist", ".dpkg-new", ".dpkg-old", ".dpkg-bak", ".ucf-dist", ".ucf-old")
"""What dpkg and ucf leave beside a configuration file that both sides have changed."""
REPLACED = ".replaced"
DIFF_LIMIT = 10000  # characters of a difference that are kept


def save(folder: str, status: Status, labels: Iterable[str]) -> list[dict[str, Any]]:
    """Copy the conffiles of packages into a folder, with those that dpkg has left of earlier versions.

    Returns {path, package, shipped, digest, beside} for each: its digest as it was shipped and as it is (None
    where it is missing), and what lies beside it already.
    """
    saved: list[dict[str, Any]] = []
    for label in labels:
        for path, shipped in [*recorded(status, label), *_left(status, label)]:
            digest = _digest(path)
            about = {"path": path, "package": label, "shipped": shipped, "digest": digest}
            saved.append(dict(about, beside=_beside(path)))
            if digest:
                copy(path, folder + path)
    return saved


def decisions(folder: str, saved: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what became of saved conffiles that are not as they were, or of which a new version was refused.

    Each is {path, package, decision, diff}: `replaced`, `kept` or `removed`. The contents of a file that not
    everybody may read are nobody's business: its `diff` is empty.
    """
    found: list[dict[str, Any]] = []
    for one in saved:
        path, digest = one["path"], _digest(one["path"])
        offered = [path + end for end in _beside(path) if end not in one["beside"] and end.endswith("dist")]
        about = {"path": path, "package": one["package"]}
        if digest is None and one["digest"]:
            found.append(dict(about, decision="removed", diff=""))
        elif digest != one["digest"]:
            found.append(dict(about, decision="replaced", diff=_diff(folder + path, path, path)))
        elif offered:
            found.append(dict(about, decision="kept", diff=_diff(path, offered[0], path)))
    return found


def restore(folder: str, saved: Iterable[dict[str, Any]]) -> list[str]:
    """Put saved conffiles back where they differ, and remove what has been laid beside them since.

    What they held until now is kept below the folder's name with `REPLACED`: it may be somebody's work.
    Returns the paths that were put back.
    """
    back: list[str] = []
    for one in saved:
        path = one["path"]
        for end in _beside(path):
            if end not in one["beside"]:
                os.unlink(path + end)
        if _digest(path) == one["digest"]:
            continue
        back.append(path)
        if os.path.isfile(path):
            copy(path, folder + REPLACED + path)
        real = os.path.realpath(path)
        if one["digest"] is None:
            os.unlink(path)
        else:
            os.makedirs(os.path.dirname(real), exist_ok=True)
            copy(folder + path, real + ".opsflow-new")
            os.replace(real + ".opsflow-new", real)
    return back


def copy(source: str, target: str) -> None:
    """Copy a file with its owner, mode and times; folders on the way are for root alone."""
    os.makedirs(os.path.dirname(target), 0o700, exist_ok=True)
    found = os.stat(source)
    with open(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        for chunk in files.read(source):
            file.write(chunk)
        os.fchown(file.fileno(), found.st_uid, found.st_gid)
        os.fchmod(file.fileno(), stat.S_IMODE(found.st_mode))
    shutil.copystat(source, target)


def _left(status: Status, label: str) -> list[tuple[str, str]]:
    """Return what an earlier version of a package has left, but for what another package has taken over."""
    return [
        (path, shipped)
        for path, shipped in obsolete(status.stanza(label))
        if status.text.count(b"\n %s " % path.encode("utf-8", "surrogateescape")) == 1
    ]


def _beside(path: str) -> list[str]:
    return [end for end in BESIDE if os.path.exists(path + end)]


def _digest(path: str) -> str | None:
    found = hashlib.md5()  # noqa: S324 - dpkg's own choice
    try:
        for chunk in files.read(path):
            found.update(chunk)
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None
    return found.hexdigest()


def _diff(before: str, after: str, name: str) -> str:
    texts: list[list[str]] = []
    if not _may_everybody_enter(os.path.dirname(os.path.realpath(name))):
        return ""
    for path in (before, after):
        if not os.path.exists(path):  # deleted by the administrator, brought back
            texts.append([])
            continue
        if not os.stat(path).st_mode & stat.S_IROTH:
            return ""
        with open(path, encoding="utf-8", errors="replace") as file:
            texts.append(file.read(files.DIFF_LIMIT).splitlines(True))
    return "".join(difflib.unified_diff(texts[0], texts[1], name, after))[:DIFF_LIMIT]


def _may_everybody_enter(folder: str) -> bool:
    while os.stat(folder).st_mode & stat.S_IXOTH:
        if folder == "/":
            return True
        folder = os.path.dirname(folder)
    return False
