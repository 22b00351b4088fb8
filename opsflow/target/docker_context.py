"""What is sent to Docker for a build: a directory as a tar archive, without what .dockerignore names."""

from __future__ import annotations

import binascii
import io
import os
import re
import tarfile

from opsflow.target.request import CHUNK, Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_BLOCK = 512


class Context:
    """A directory for a build, and the Dockerfile in it, or elsewhere."""

    def __init__(self, directory: str, dockerfile: str | None) -> None:
        """Look at the directory. Raises Fail where the Dockerfile cannot be read."""
        self.directory = directory
        self.dockerfile = dockerfile
        self.extra: bytes | None = None  # a Dockerfile from outside of the directory
        if dockerfile:
            path = os.path.join(directory, dockerfile)
            self.dockerfile = os.path.relpath(path, directory)
            if self.dockerfile.startswith(".."):
                self.extra = _read(path)
                self.dockerfile = ".dockerfile." + binascii.hexlify(os.urandom(8)).decode()

    def chunks(self) -> Iterator[bytes]:
        """Yield the archive in pieces."""
        maker = tarfile.TarFile(fileobj=io.BytesIO(), mode="w")
        kept = (".dockerignore", self.dockerfile or "Dockerfile")
        for name in sorted(_wanted(self.directory, kept)):
            yield from _packed(maker, os.path.join(self.directory, name), name)
        if self.extra is not None and self.dockerfile:
            info = tarfile.TarInfo(self.dockerfile)
            info.size = len(self.extra)
            yield _header(info) + self.extra + _padding(info.size)
        yield bytes(2 * _BLOCK)


def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise Fail("cannot read the Dockerfile %s: %s" % (path, error.strerror)) from error


def _packed(maker: tarfile.TarFile, path: str, name: str) -> Iterator[bytes]:
    """Yield a file, directory or link as it stands in the archive; sockets are left out."""
    info = maker.gettarinfo(path, name)
    if info is None:  # type: ignore[comparison-overlap]  # a socket
        return
    info.uid = info.gid = 0  # who owns the files here means nothing there
    info.uname = info.gname = ""
    yield _header(info)
    if not info.isreg():
        return
    left = info.size
    try:
        with open(path, "rb") as file:
            while left:
                chunk = file.read(min(CHUNK, left))
                if not chunk:
                    raise Fail("the file %s became shorter while it was sent to Docker" % path)
                left -= len(chunk)
                yield chunk
    except OSError as error:
        raise Fail("cannot read %s for the build: %s" % (path, error.strerror)) from error
    yield _padding(info.size)


def _header(info: tarfile.TarInfo) -> bytes:
    info.mtime = int(info.mtime)
    return info.tobuf(tarfile.GNU_FORMAT, "utf-8", "surrogateescape")


def _padding(size: int) -> bytes:
    return bytes(-size % _BLOCK)


def _wanted(directory: str, kept: tuple[str, ...]) -> Iterator[str]:
    """Yield the names below a directory that are not ignored."""
    rules = _rules(directory)
    exceptions = any(keeps for keeps, _ in rules)
    for base, folders, names in os.walk(directory):
        inside = os.path.relpath(base, directory)
        for name in list(folders) + names:
            path = os.path.normpath(os.path.join(inside, name))
            if path in kept or not _ignored(path, rules):
                yield path
            elif name in folders and not exceptions and not any(one.startswith(path + "/") for one in kept):
                folders.remove(name)


def _ignored(path: str, rules: list[tuple[bool, re.Pattern[str]]]) -> bool:
    """Tell whether a path is ignored: the last rule that is about it, or about a directory above, counts."""
    ignored = False
    for keeps, pattern in rules:
        if pattern.match(path):
            ignored = not keeps
    return ignored


def _rules(directory: str) -> list[tuple[bool, re.Pattern[str]]]:
    """Return the rules of .dockerignore: whether one keeps what it is about, and what that is."""
    try:
        with open(os.path.join(directory, ".dockerignore"), encoding="utf-8") as file:
            lines = [line.strip() for line in file]
    except FileNotFoundError:
        return []
    rules: list[tuple[bool, re.Pattern[str]]] = []
    for line in lines:
        keeps = line.startswith("!")
        glob = os.path.normpath(line[1:] if keeps else line).strip("/")
        if line and not line.startswith("#") and glob != ".":
            rules.append((keeps, re.compile(_expression(glob) + r"(/.*)?\Z", re.DOTALL)))
    return rules


_GLOB = re.compile(r"\*\*/?|\*|\?|\[[^]]*\]|\\.|.", re.DOTALL)
_MEANS = {"**/": "(.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}


def _expression(glob: str) -> str:
    """Return a pattern of .dockerignore as a regular expression."""
    made = ""
    for part in _GLOB.findall(glob):
        if part in _MEANS:
            made += _MEANS[part]
        elif part.startswith("[") and len(part) > 1:
            made += part.replace("\\", "\\\\")
        else:
            made += re.escape(part[-1])
    return made
