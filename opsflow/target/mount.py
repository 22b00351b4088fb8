"""File systems: entries of fstab, and what is mounted now."""

from __future__ import annotations

import os
import re

from opsflow.target import files
from opsflow.target.mounts import decoded
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.request import Request


def run(
    request: Request,
    path: str,
    state: str,
    src: str | None = None,
    fstype: str | None = None,
    opts: str | None = None,
    dump: str = "0",
    passno: str = "0",
    fstab: str = "/etc/fstab",
    boot: bool = True,
    backup: bool = False,
) -> dict[str, Any]:
    """Bring an entry of fstab, and what is mounted at `path`, to the wanted state."""
    path = path.rstrip("/") or "/"
    options = opts or "defaults"
    if not boot and "noauto" not in options.split(","):
        options += ",noauto"
    result: dict[str, Any] = {"name": path, "opts": options, "dump": dump, "passno": passno}
    result.update({name: value for name, value in (("src", src), ("fstype", fstype)) if value is not None})
    result.update(fstab=fstab, boot="yes" if boot else "no", backup_file="")
    table = Fstab(request, fstab)
    if state in ("present", "mounted"):
        entry = [src or "", path, fstype or "", options, dump, passno]
        listed = table.edit(path, entry, backup, result)
    elif state in ("absent", "absent_from_fstab"):
        listed = table.edit(path, None, backup, result)
    else:
        listed = False
    mounter = Mounter(request, path, fstab)
    acted = False
    if state == "mounted":
        acted = mounter.mount(changed=listed)
    elif state == "ephemeral":
        acted = mounter.mount_for_now(src or "", fstype or "", options)
    elif state == "remounted":
        acted = mounter.remount()
    elif state in ("unmounted", "absent"):
        acted = mounter.unmount()
    if state == "absent":
        acted |= mounter.remove()
    result["changed"] = listed or acted
    return result


class Fstab:
    """The table of file systems. Lines that are right, and those of others, stay as they are written."""

    def __init__(self, request: Request, path: str) -> None:
        self.request = request
        self.path = os.path.realpath(path)

    def edit(self, point: str, entry: list[str] | None, backup: bool, result: dict[str, Any]) -> bool:
        """Give a mount point its entry, or none; return whether that is a change."""
        try:
            with open(self.path, errors="surrogateescape") as file:
                before = file.read().splitlines()
        except FileNotFoundError:
            before = []
        after = _edited(before, point, entry)
        if after == before:
            return False
        old, new = ("".join(line + "\n" for line in lines) for lines in (before, after))
        content = new.encode("utf-8", "surrogateescape")
        if self.request.diff:
            result["diff"] = files.diff(old.encode("utf-8", "replace"), content, self.path, self.path)
        if not self.request.check:
            written = files.replace(self.request, self.path, [content], {}, backup=backup)
            result["backup_file"] = written.backup or ""
        return True


def _edited(lines: list[str], point: str, entry: list[str] | None) -> list[str]:
    edited: list[str] = []
    placed = False
    for line in lines:
        fields = [] if line.lstrip().startswith("#") else [decoded(field) for field in line.split()]
        if len(fields) < 4 or fields[1].rstrip("/") != point.rstrip("/") or fields[2] == "swap":
            edited.append(line)
        elif entry is not None and not placed:
            placed = True
            same = [*fields, "0", "0"][:6] == entry
            edited.append(line if same else " ".join(_encoded(field) for field in entry))
    if entry is not None and not placed:
        edited.append(" ".join(_encoded(field) for field in entry))
    return edited


def _encoded(field: str) -> str:
    return re.sub(r"[ \t\n\\]", lambda match: "\\%03o" % ord(match.group()), field)


class Mounter:
    """What is mounted at one place, and what can be done about it."""

    def __init__(self, request: Request, path: str, fstab: str) -> None:
        self.request = request
        self.path = path
        self.options = [] if fstab == "/etc/fstab" else ["--fstab", fstab]

    def mounted(self) -> list[str] | None:
        """Return source and type of what is on top at the path; None where nothing is mounted."""
        found = None
        real = os.path.realpath(self.path)
        with open("/proc/self/mountinfo", errors="surrogateescape") as file:
            for line in file:
                fields, _, rest = line.partition(" - ")
                if decoded(fields.split(" ")[4]) == real:
                    found = [decoded(rest.split(" ")[1]), rest.split(" ")[0]]
        return found

    def mount(self, changed: bool) -> bool:
        """Mount what fstab says; once more where its entry has changed."""
        if self.mounted() is None:
            return self._make_point() | self._run("mount", *self.options, self.path)
        return self.remount() if changed else False

    def mount_for_now(self, src: str, fstype: str, options: str) -> bool:
        """Mount without an entry in fstab; Fail where something else is mounted."""
        found = self.mounted()
        if found is None:
            return self._make_point() | self._run("mount", "-t", fstype, "-o", options, src, self.path)
        if found[0] != src:
            raise Fail("%s is mounted at %s already, not %s" % (found[0], self.path, src))
        return self._run("mount", "-o", "remount," + options, src, self.path)

    def remount(self) -> bool:
        """Take over new options in place; where the file system can't, unmount and mount."""
        if self.request.check:
            return True
        if self.request.command(["mount", "-o", "remount", *self.options, self.path]).rc != 0:
            self.unmount()
            self._run("mount", *self.options, self.path)
        return True

    def unmount(self) -> bool:
        return False if self.mounted() is None else self._run("umount", self.path)

    def remove(self) -> bool:
        """Remove the mount point; what is in it is somebody's and is left alone."""
        if not os.path.isdir(self.path) or self.request.check:
            return os.path.isdir(self.path)
        try:
            os.rmdir(self.path)
        except OSError as error:
            raise Fail("cannot remove the directory %s: %s" % (self.path, error.strerror)) from error
        return True

    def _make_point(self) -> bool:
        if os.path.exists(self.path):
            return False
        if not self.request.check:
            os.makedirs(self.path)
        return True

    def _run(self, *argv: str) -> bool:
        if not self.request.check:
            self.request.command(list(argv)).check("%s of %s" % (argv[0], self.path))
        return True
