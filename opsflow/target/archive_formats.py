"""Formats of archives: what one holds, and writing one, all in the form of Python's own modules."""

from __future__ import annotations

import bz2
import fnmatch
import gzip
import io
import lzma
import os
import shutil
import tarfile
import zipfile
import zlib

from opsflow.target.programs import need
from opsflow.target.request import CHUNK, Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, BinaryIO

    from opsflow.target.request import Request

    Member = tuple[str, str]  # path, name in the archive
    Content = set[tuple[str, int]]  # names and checksums


class Single:
    """One compressed file."""

    def __init__(self, request: Request, kind: str) -> None:
        self.request = request
        self.kind = kind

    def kept(self, members: list[Member], patterns: list[str]) -> list[Member]:
        return members

    def wanted(self, members: list[Member]) -> Content:
        """Return what the file would hold. Raises OSError."""
        with open(members[0][0], "rb") as source:
            return {("", _crc(source))}

    def content(self, path: str) -> Content | None:
        """Return what an existing file holds; None where it is none of the kind."""
        try:
            with self._decompressed(path) as source:
                return {("", _crc(source))}
        except (OSError, EOFError, zlib.error, lzma.LZMAError, Fail):
            return None

    def write(self, members: list[Member], output: BinaryIO) -> None:
        with open(members[0][0], "rb") as source:
            self._compress(source, output)

    def _decompressed(self, path: str) -> Any:
        if self.kind == "zstd":
            return _Piped(self.request, ["-d"], path)
        return {"gz": gzip.open, "bz2": bz2.BZ2File, "xz": lzma.LZMAFile}[self.kind](path, "rb")

    def _compress(self, source: Any, output: BinaryIO) -> None:
        if self.kind == "zstd":
            _zstd(self.request, source, output)
            return
        opener = {"gz": _gzip, "bz2": bz2.BZ2File, "xz": lzma.LZMAFile}[self.kind]
        with opener(output, "wb") as packed:
            shutil.copyfileobj(source, packed, CHUNK)


class Tar(Single):
    """A tar archive, compressed or not."""

    def __init__(self, request: Request, kind: str) -> None:
        Single.__init__(self, request, kind)
        self.mode: Any = "" if kind == "tar" else kind

    def kept(self, members: list[Member], patterns: list[str]) -> list[Member]:
        return [one for one in members if not _matches(one[1].strip("/"), patterns)]

    def wanted(self, members: list[Member]) -> Content:
        with tarfile.open(fileobj=io.BytesIO(), mode="w") as tar:
            return {_fingerprint(tar, *member) for member in members}

    def content(self, path: str) -> Content | None:
        try:
            if self.kind == "zstd":
                with _Piped(self.request, ["-d"], path) as source, tarfile.open(fileobj=source) as tar:
                    return {(info.name, info.chksum) for info in tar}
            with tarfile.open(path, "r:" + self.mode) as tar:
                return {(info.name, info.chksum) for info in tar}
        except (OSError, EOFError, tarfile.TarError, zlib.error, lzma.LZMAError, Fail):
            return None

    def write(self, members: list[Member], output: BinaryIO) -> None:
        if self.kind == "zstd":
            with _unnamed(output) as plain:
                self._write(members, plain, "w")
                plain.seek(0)
                _zstd(self.request, plain, output)
        else:
            self._write(members, output, "w:" + self.mode)

    def _write(self, members: list[Member], output: BinaryIO, mode: Any) -> None:
        with tarfile.open(fileobj=output, mode=mode) as tar:
            for path, name in members:
                self.request.raise_if_cancelled()
                tar.add(path, name, recursive=False)


class Zip(Single):
    """A zip archive."""

    def kept(self, members: list[Member], patterns: list[str]) -> list[Member]:
        return [one for one in members if not _matches(one[0], patterns)]

    def wanted(self, members: list[Member]) -> Content:
        found: Content = set()
        for path, name in members:
            if os.path.isdir(path):
                found.add((name.strip("/") + "/", 0))
            else:
                with open(path, "rb") as source:
                    found.add((name.lstrip("/"), _crc(source)))
        return found

    def content(self, path: str) -> Content | None:
        try:
            with zipfile.ZipFile(path) as archive:
                return {(info.filename, info.CRC) for info in archive.infolist()}
        except (OSError, zipfile.BadZipFile):
            return None

    def write(self, members: list[Member], output: BinaryIO) -> None:
        with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED, True) as archive:
            for path, name in members:
                self.request.raise_if_cancelled()
                archive.write(path, name)


def _gzip(output: Any, mode: str) -> Any:
    return gzip.GzipFile("", mode, fileobj=output)


def _matches(name: str, patterns: list[str]) -> bool:
    return any(fnmatch.fnmatch(name, pattern) for pattern in patterns)


def _crc(source: Any) -> int:
    found = 0
    for chunk in iter(lambda: source.read(CHUNK), b""):
        found = zlib.crc32(chunk, found)
    return found & 0xFFFFFFFF


def _fingerprint(tar: tarfile.TarFile, path: str, name: str) -> tuple[str, int]:
    """Return the name of a member, and the checksum that its header would have."""
    info = tar.gettarinfo(path, name)
    header = info.tobuf(tar.format, tar.encoding, tar.errors)
    return info.name, tarfile.TarInfo.frombuf(header[-512:], tar.encoding, tar.errors).chksum


def _unnamed(beside: BinaryIO) -> BinaryIO:
    """Open a scratch file without a name in the directory of another open file."""
    directory = os.path.dirname(os.readlink("/proc/self/fd/%d" % beside.fileno()))
    fd = os.open(directory, os.O_TMPFILE | os.O_RDWR | os.O_CLOEXEC, 0o600)
    return os.fdopen(fd, "w+b")


def _zstd(request: Request, source: Any, output: BinaryIO) -> None:
    """Compress an open file into another by the program zstd."""
    output.flush()
    names = ["/proc/%d/fd/%d" % (os.getpid(), one.fileno()) for one in (source, output)]
    script = 'exec "$0" -q -c <"$1" >"$2"'
    argv = ["/bin/sh", "-c", script, need(request, "zstd", "zstd"), *names]
    request.command(argv).check("zstd")


class _Piped:
    """The decompressed content of a file, in a scratch file beside it."""

    def __init__(self, request: Request, options: list[str], path: str) -> None:
        self.request = request
        self.options = options
        self.path = path

    def __enter__(self) -> BinaryIO:
        with open(self.path, "rb") as packed:
            plain = _unnamed(packed)
            name = "/proc/%d/fd/%d" % (os.getpid(), plain.fileno())
            script = 'exec "$0" -q -d -c "$1" >"$2"'
            argv = ["/bin/sh", "-c", script, need(self.request, "zstd", "zstd"), self.path, name]
            self.request.command(argv).check("zstd")
        plain.seek(0)
        self.plain = plain
        return plain

    def __exit__(self, *_: object) -> None:
        self.plain.close()
