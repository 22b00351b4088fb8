"""Dumps of databases: files, packed or not, that client programs write and read; and their passwords."""

from __future__ import annotations

import os
import subprocess
import tempfile
from contextlib import contextmanager

from opsflow.target.files import Staged
from opsflow.target.programs import need, which
from opsflow.target.request import Completed, kill_group

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from typing import Any

    from opsflow.target.request import Request

    Client = Callable[[str, tuple[int, ...]], Completed]

_PACKERS = {
    ".gz": (("pigz", "gzip"), "gzip"),
    ".bz2": (("pbzip2", "bzip2"), "bzip2"),
    ".xz": (("xz",), "xz-utils"),
    ".zst": (("zstd",), "zstd"),
}


@contextmanager
def secret_file(text: str) -> Generator[int]:
    """Hold a text in a file without a name; yield its descriptor, which programs open as /dev/fd/N.

    It is in memory where the host has /dev/shm, only its owner and programs that get the descriptor can read
    it, and it is gone when they are.
    """
    place = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryFile(dir=place) as file:
        file.write(text.encode("utf-8", "surrogateescape"))
        file.flush()
        yield file.fileno()


def _packer(request: Request, path: str) -> list[str] | None:
    """Return the program that packs a file of this name, None for one that is not packed."""
    known = _PACKERS.get(os.path.splitext(path)[1])
    if known is None:
        return None
    names, package = known
    return [
        next((name for name in names[:-1] if which(request, name)), need(request, names[-1], package)),
        "-c",
    ]


def write(request: Request, path: str, client: Client) -> Completed:
    """Have a client program write a file, packed as its name says; it has that name once it is whole.

    Args:
        client: runs the program, told the file to write and the descriptors to keep open.
    """
    packer = _packer(request, path)
    with Staged(request, path, {}) as staged:
        done = _packed(request, packer, staged.fd, client) if packer else client(staged.temporary, ())
        if done.rc == 0:
            staged.commit()
    return done


def _packed(request: Request, packer: list[str], out: int, client: Client) -> Completed:
    source, sink = os.pipe()
    with _Helper(request, packer, source, out) as helper:
        try:
            done = client("/dev/fd/%d" % sink, (sink,))
        finally:
            os.close(sink)
    return helper.judge(done)


def read(request: Request, path: str, client: Client) -> Completed:
    """Have a client program read a file, unpacked as its name says.

    Args:
        client: runs the program, told the file to read and the descriptors to keep open.
    """
    packer = _packer(request, path)
    if packer is None:
        return client(path, ())
    packed = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    source, sink = os.pipe()
    with _Helper(request, [*packer, "-d"], packed, sink) as helper:
        os.close(sink)
        try:
            done = client("/dev/fd/%d" % source, (source,))
        finally:
            os.close(source)
    return helper.judge(done)


class _Helper:
    """A program that packs or unpacks beside a client: `source` is its own from now on."""

    def __init__(self, request: Request, argv: list[str], source: int, sink: int) -> None:
        self.request = request
        self.argv = argv
        try:
            self.child = subprocess.Popen(
                argv,
                stdin=source,
                stdout=sink,
                stderr=subprocess.PIPE,
                env=request.environ(),
                start_new_session=True,
            )
        finally:
            os.close(source)
        request.children.add(self.child)

    def __enter__(self) -> _Helper:
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if error is not None:
            kill_group(self.child)
        self.stderr = self.child.communicate()[1].decode("utf-8", "replace")
        self.request.children.discard(self.child)

    def judge(self, done: Completed) -> Completed:
        """Return what became of the client, or of this program where that was what failed."""
        if done.rc != 0 or self.child.returncode == 0:
            return done
        return Completed(self.argv, self.child.returncode, "", self.stderr, done.start, done.end)


def from_file(argv: list[Any], path: str) -> list[str]:
    """Return the command that runs a program with a file as its standard input."""
    return ["/bin/sh", "-c", 'exec "$@" < "$0"', path, *argv]
