"""Ansible's `archive`: files and trees in one file, which is written only where it would differ."""

from __future__ import annotations

import glob
import os
import re
import shutil

from opsflow.target import archive_formats, attributes, files
from opsflow.target.paths import expand
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.archive_formats import Member
    from opsflow.target.request import Request

_ARCHIVE = re.compile(r"\.(tar|tar\.(gz|bz2|xz|zst)|tgz|tbz2|zip)$", re.IGNORECASE)


def run(request: Request, path: list[str], **want: Any) -> dict[str, Any]:
    """Write the archive if what it would hold is not what it holds."""
    wanted = attributes.split(want)
    plan = Plan(request, path, want)
    changed, state = False, "absent"
    if plan.targets:
        differs = plan.format.content(plan.dest) != plan.format.wanted(plan.members)
        changed = differs or want["remove"]
        if not request.check:
            if differs:
                plan.write(wanted)
            state = plan.state
            if want["remove"]:
                plan.remove()
    elif os.path.exists(plan.dest):
        state = "archive" if _ARCHIVE.search(os.path.basename(plan.dest)) else "compress"
    if os.path.exists(plan.dest):
        changed = attributes.apply(request, plan.dest, wanted) or changed
    archived = [] if request.check else [one for one, _ in plan.members]
    result: dict[str, Any] = {
        "changed": changed,
        "dest": plan.dest,
        "dest_state": state,
        "archived": archived,
    }
    result.update(arcroot=plan.root, missing=plan.missing, expanded_paths=plan.given)
    result.update(expanded_exclude_paths=plan.excluded)
    if os.path.exists(plan.dest):
        result.update(attributes.info(plan.dest))
    return result


class Plan:
    """What goes into an archive, and where it is."""

    def __init__(self, request: Request, path: list[str], want: dict[str, Any]) -> None:
        self.request = request
        self.given = _expanded(request, path)
        self.excluded = _expanded(request, want["exclude_path"])
        self.paths = sorted(set(self.given) - set(self.excluded))
        if not self.paths:
            raise Fail("Error, no source paths were found", path=", ".join(path), expanded_paths=self.given)
        self.targets = [one for one in self.paths if os.path.lexists(one)]
        self.missing = [one for one in self.paths if one not in self.targets]
        self.root = _root(self.paths)
        several = any(set("*?") & set(one) for one in path) or len(self.paths) > 1
        self.whole = want["force_archive"] or several or os.path.isdir(self.paths[0])
        if want.get("dest"):
            self.dest = expand(request, want["dest"])
        elif self.whole:
            raise Fail('Error, must specify "dest" when archiving multiple files or trees')
        else:
            self.dest = "%s.%s" % (self.paths[0], want["format"])
        if want["remove"] and any(os.path.isdir(one) and self._inside(one) for one in self.paths):
            raise Fail("the archive can't be in a directory that is removed", path=self.dest)
        self.format = _format(request, want["format"], self.whole)
        self.members = self.format.kept(self._members(), want["exclusion_patterns"])

    @property
    def state(self) -> str:
        if isinstance(self.format, (archive_formats.Tar, archive_formats.Zip)):
            return "incomplete" if self.missing else "archive"
        return "compress"

    def _inside(self, directory: str) -> bool:
        return os.path.abspath(self.dest).startswith(os.path.join(os.path.abspath(directory), ""))

    def _members(self) -> list[Member]:
        """Return what goes into the archive but itself: of a directory all that is in it."""
        found: list[str] = []
        for target in self.targets:
            if not self.whole or not os.path.isdir(target):
                found.append(target)
                continue
            for base, directories, names in os.walk(target):
                found += [os.path.join(base, name) for name in directories + names]
        own = os.path.abspath(self.dest)
        return [(one, self._name(one)) for one in found if os.path.abspath(one) != own]

    def _name(self, path: str) -> str:
        return path[len(self.root) :] if path.startswith(self.root) else path

    def write(self, wanted: dict[str, Any]) -> None:
        with files.Staged(self.request, self.dest, wanted) as staged:
            with os.fdopen(os.dup(staged.fd), "wb") as output:
                self.format.write(self.members, output)
            staged.commit()

    def remove(self) -> None:
        for path in [one for one, _ in self.members] + self.targets:
            if os.path.isdir(path) and not os.path.islink(path):
                if path in self.targets:
                    shutil.rmtree(path)
            elif os.path.lexists(path):
                os.unlink(path)


def _root(paths: list[str]) -> str:
    """Return the directory that paths have in common, with a slash; nothing where there is none."""
    try:
        return os.path.join(os.path.commonpath([os.path.dirname(one) for one in paths]), "")
    except ValueError:  # absolute and relative ones
        return ""


def _expanded(request: Request, paths: list[str]) -> list[str]:
    found: list[str] = []
    for path in (expand(request, one) for one in paths):
        found += glob.glob(path) if set("*?") & set(path) else [path]
    return found


def _format(request: Request, kind: str, whole: bool) -> archive_formats.Single:
    if kind == "zip":
        return archive_formats.Zip(request, kind)
    return (archive_formats.Tar if whole or kind == "tar" else archive_formats.Single)(request, kind)
