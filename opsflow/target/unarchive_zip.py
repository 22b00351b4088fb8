"""Zip archives: read by Python, unpacked by unzip."""

from __future__ import annotations

import binascii
import fnmatch
import os
import shutil
import stat
import struct
import time
import zipfile

from opsflow.target import attributes, files, modes
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.request import Completed, Request

_UNIX = 3  # the system that made the archive
_UT = 0x5455  # the extra field that holds times in UTC, to the second


class Zip:
    """A zip archive."""

    handler = "ZipArchive"

    def __init__(
        self, request: Request, path: str, dest: str, wanted: dict[str, Any], keep_newer: bool
    ) -> None:
        self.request = request
        self.path = path
        self.dest = dest
        self.wanted = wanted
        self.keep_newer = keep_newer
        self.exclude: list[str] = []
        self.include: list[str] = []
        self.options: list[str] = []
        self.newer: list[str] = []  # members that the host has in a newer version
        self.tool = shutil.which("unzip")
        if self.tool is None:
            raise Fail(
                "Failed to find handler for \"%s\". Unable to find required 'unzip' on the host: "
                "install that package" % path
            )
        try:
            self.archive = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, OSError) as error:
            raise Fail('Failed to find handler for "%s": %s' % (path, error)) from error
        self.uid = attributes.uid_of(wanted["owner"]) if wanted.get("owner") else os.getuid()
        self.gid = attributes.gid_of(wanted["group"]) if wanted.get("group") else os.getgid()

    def members(self) -> list[str]:
        """Return the names of what would be unpacked."""
        return [entry.filename for entry in self._entries()]

    def _entries(self) -> list[zipfile.ZipInfo]:
        def wanted(name: str) -> bool:
            if self.include:
                return any(fnmatch.fnmatch(name, pattern) for pattern in self.include)
            return not any(fnmatch.fnmatch(name, pattern) for pattern in self.exclude)

        return [entry for entry in self.archive.infolist() if wanted(entry.filename)]

    def differences(self) -> list[str]:
        """Return a line for each member that is not there as in the archive, in the letters of rsync."""
        found = [(self._difference(entry), entry.filename) for entry in self._entries()]
        return ["%s %s" % (letters, name) for letters, name in found if letters]

    def _difference(self, entry: zipfile.ZipInfo) -> str:
        self.request.raise_if_cancelled()
        kind = _kind(entry)
        path = os.path.join(self.dest, entry.filename.rstrip("/"))
        try:
            there = os.lstat(path)
        except (FileNotFoundError, NotADirectoryError):
            return ">%s++++++.??" % kind
        if kind != {stat.S_IFDIR: "d", stat.S_IFLNK: "L", stat.S_IFREG: "f"}.get(stat.S_IFMT(there.st_mode)):
            return "c%s++++++.??" % kind
        letters = list(".%s.......??" % kind)
        if kind == "L":
            if os.readlink(path) != self.archive.read(entry).decode("utf-8", "surrogateescape"):
                letters[2] = "c"
        elif kind == "f":
            moment = _moment(entry)
            if self.keep_newer and moment < int(there.st_mtime):
                self.newer.append(entry.filename)
                return ""
            self._compare(entry, path, there, moment, letters)
        if kind != "L" and self._mode(entry, there) != stat.S_IMODE(there.st_mode):
            letters[5] = "p"
        if there.st_uid != self.uid or there.st_gid != self.gid:
            letters[6] = "o" if there.st_uid != self.uid else "g"
        text = "".join(letters)
        return text if text != ".%s.......??" % kind else ""

    def _compare(
        self, entry: zipfile.ZipInfo, path: str, there: os.stat_result, moment: int, letters: list[str]
    ) -> None:
        if moment != int(there.st_mtime):
            letters[4] = "t"
        if entry.file_size != there.st_size:
            letters[3] = "s"
        if _crc(path) != entry.CRC:
            letters[2] = "c"

    def _mode(self, entry: zipfile.ZipInfo, there: os.stat_result) -> int:
        """Return the bits that a member should have: those wanted, else what unzip makes of the archive's."""
        folder = entry.filename.endswith("/")
        current = stat.S_IMODE(there.st_mode)
        if self.wanted.get("mode") is not None:
            return modes.resolve(self.wanted["mode"], current, folder)
        bits = entry.external_attr >> 16
        if entry.create_system == _UNIX and bits:
            return bits & 0o777
        return (0o777 if folder else 0o666) & ~modes.umask()

    def extract(self) -> Completed:
        argv = [str(self.tool), "-o", *self.options, self.path, *self.include]
        left_out = self.exclude + self.newer
        if left_out:
            argv += ["-x", *left_out]
        return self.request.command([*argv, "-d", self.dest])


def _kind(entry: zipfile.ZipInfo) -> str:
    if entry.filename.endswith("/"):
        return "d"
    link = entry.create_system == _UNIX and stat.S_ISLNK(entry.external_attr >> 16)
    return "L" if link else "f"


def _moment(entry: zipfile.ZipInfo) -> int:
    """Return when a member was changed, in seconds since the epoch."""
    extra = entry.extra
    while len(extra) >= 4:
        kind, size = struct.unpack("<HH", extra[:4])
        if kind == _UT and size >= 5 and extra[4] & 1:
            return int(struct.unpack("<i", extra[5:9])[0])
        extra = extra[4 + size :]
    try:
        return int(time.mktime((*entry.date_time, 0, 0, -1)))
    except (ValueError, OverflowError):
        return int(time.mktime((1980, 1, 1, 0, 0, 0, 0, 0, -1)))


def _crc(path: str) -> int:
    found = 0
    for chunk in files.read(path):
        found = binascii.crc32(chunk, found)
    return found & 0xFFFFFFFF
