"""Writing files whole or not at all, and what goes with it: checksums, backups, validation, diffs."""

from __future__ import annotations

import binascii
import errno
import hashlib
import os
import shlex
import shutil
import stat
import time

from opsflow.target import attributes, before_after, modes
from opsflow.target.request import CHUNK, Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

    from opsflow.target.request import Request

DIFF_LIMIT = 104448  # bytes of a file that a diff shows, Ansible's default of max_diff_size
LARGE = bytes(DIFF_LIMIT + 1)  # stands in a diff for a content that is not here


class Written:
    """What `replace` wrote."""

    def __init__(self) -> None:
        self.sha1 = hashlib.sha1()  # noqa: S324
        self.md5 = _md5()
        self.size = 0
        self.backup: str | None = None

    def add(self, data: bytes) -> None:
        self.sha1.update(data)
        if self.md5:
            self.md5.update(data)
        self.size += len(data)

    def result(self) -> dict[str, Any]:
        """Return the keys of a task's result: checksum, md5sum and backup_file."""
        result: dict[str, Any] = {"checksum": self.sha1.hexdigest()}
        result["md5sum"] = self.md5.hexdigest() if self.md5 else None
        if self.backup:
            result["backup_file"] = self.backup
        return result


def _md5() -> Any:
    try:
        return hashlib.md5()  # noqa: S324
    except ValueError:  # FIPS mode
        return None


def digest(path: str, algorithm: str = "sha1") -> str:
    """Return the hexadecimal digest of a file's content. Raises OSError."""
    found = hashlib.new(algorithm)
    with open(path, "rb") as file:
        for chunk in iter(lambda: file.read(CHUNK), b""):
            found.update(chunk)
    return found.hexdigest()


def checksum(path: str, follow: bool = True) -> str | None:
    """Return the sha1 of a regular file's content; None for anything else and where nothing is."""
    try:
        found = os.stat(path) if follow else os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    return digest(path) if stat.S_ISREG(found.st_mode) else None


def read(path: str) -> Iterable[bytes]:
    """Yield a file's content in pieces."""
    with open(path, "rb") as file:
        for chunk in iter(lambda: file.read(CHUNK), b""):
            yield chunk


def replace(
    request: Request,
    path: str,
    chunks: Iterable[bytes],
    wanted: Mapping[str, Any],
    backup: bool = False,
    validation: str | None = None,
    expected: str | None = None,
) -> Written:
    """Write a file beside its destination, then put it there by a rename: never half a file.

    It has its final owner and mode before it gets its name: those wanted, else those of the file that it
    replaces, else what the umask gives. Nothing of it is left when this fails.

    Args:
        chunks: the content.
        wanted: the common file options; `unsafe_writes` allows writing in place where a rename can't be.
        backup: keep the replaced file under another name.
        validation: a command that must accept the new file, `%s` in it.
        expected: the sha1 that the content must have.

    Raises:
        Fail: it could not be written, validated, or is not what was expected.
    """
    with Staged(request, path, wanted) as staged:
        staged.fill(chunks)
        if expected and staged.written.sha1.hexdigest() != expected:
            raise Fail(
                "'%s' was not written: what arrived does not have the expected checksum" % path,
                checksum=staged.written.sha1.hexdigest(),
                expected_checksum=expected,
            )
        staged.commit(backup, validation)
    return staged.written


class Staged:
    """A new file beside its destination. It gets its name by `commit`; without that nothing is left of it."""

    def __init__(self, request: Request, path: str, wanted: Mapping[str, Any]) -> None:
        self.request = request
        self.path = path
        self.wanted = wanted
        self.written = Written()
        directory, name = os.path.split(path)
        mark = binascii.hexlify(os.urandom(6)).decode()
        self.temporary = os.path.join(directory, ".%s.opsflow-%s" % (name[:100], mark))
        self.fd = -1

    def __enter__(self) -> Staged:
        self.fd = self._try(_create, self.temporary)
        return self

    def __exit__(self, *_: object) -> None:
        if self.fd != -1:
            os.close(self.fd)
        try:
            os.unlink(self.temporary)
        except FileNotFoundError:  # it has its name
            pass

    def _try(self, function: Callable[..., Any], *args: Any) -> Any:
        try:
            return function(*args)
        except OSError as error:
            raise Fail("cannot write '%s': %s" % (self.path, error.strerror), errno=error.errno) from error

    def fill(self, chunks: Iterable[bytes]) -> None:
        """Write content. Raises Fail when the disk takes no more."""
        for chunk in chunks:
            self.request.raise_if_cancelled()
            self.written.add(chunk)
            view = memoryview(chunk)
            while view:
                view = view[self._try(os.write, self.fd, view) :]

    def commit(self, backup: bool = False, validation: str | None = None) -> None:
        """Put it in its place, with its owner and mode. Raises Fail."""
        self._try(_dress, self.fd, self.path, self.wanted)
        os.close(self.fd)
        self.fd = -1
        if validation:
            validate(self.request, self.temporary, validation)
        if backup:
            self.written.backup = self._try(back_up, self.path)
        self.request.raise_if_cancelled()
        told = self._try(before_after.difference, self.path, self.temporary, self.request.record)
        self._try(_rename, self.temporary, self.path, bool(self.wanted.get("unsafe_writes")))
        if told:
            self.request.record -= len(told["before"]) + len(told["after"])
            self.request.event("file", **told)


def _create(path: str) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)


def _dress(fd: int, path: str, wanted: Mapping[str, Any]) -> None:
    """Give the new file the owner and mode it will have: no moment in which a secret is open to others."""
    mine = os.fstat(fd)
    try:
        old = os.lstat(path)
    except FileNotFoundError:
        old = None
    if old is None or not stat.S_ISREG(old.st_mode):
        uid, gid, mode = mine.st_uid, mine.st_gid, 0o666 & ~modes.umask()
    else:
        uid, gid, mode = old.st_uid, old.st_gid, stat.S_IMODE(old.st_mode)
    if (uid, gid) != (mine.st_uid, mine.st_gid):
        try:
            os.fchown(fd, uid, gid)
        except PermissionError:  # as Ansible: who may not give files away keeps them
            pass
    owner = attributes.uid_of(wanted["owner"]) if wanted.get("owner") not in (None, "") else -1
    group = attributes.gid_of(wanted["group"]) if wanted.get("group") not in (None, "") else -1
    if owner != -1 or group != -1:
        os.fchown(fd, owner, group)
    os.fchmod(fd, modes.resolve(wanted["mode"], mode, False) if wanted.get("mode") is not None else mode)


def _rename(temporary: str, path: str, unsafe: bool) -> None:
    try:
        os.rename(temporary, path)
    except OSError as error:
        if not unsafe or error.errno not in (errno.EBUSY, errno.EPERM, errno.EACCES):
            raise
        with open(temporary, "rb") as source, open(path, "r+b") as target:  # a mount point, such as in Docker
            shutil.copyfileobj(source, target, CHUNK)
            target.truncate()


def validate(request: Request, path: str, command: str) -> None:
    """Run a command that must accept a file: `%s` in it stands for the path. Raises Fail."""
    if "%s" not in command:
        raise Fail("validate must contain %%s: %s" % command)
    done = request.command([word.replace("%s", path) for word in shlex.split(command)])
    if done.rc != 0:
        detail = (done.stderr.strip() or done.stdout.strip()).splitlines()
        raise Fail(
            "failed to validate: %s" % (detail[-1] if detail else "exit code %d" % done.rc),
            exit_status=done.rc,
            stdout=done.stdout,
            stderr=done.stderr,
        )


def back_up(path: str) -> str | None:
    """Copy a file with all it has to `PATH.PID.DATE@TIME~` and return that; None where there is none."""
    if not os.path.exists(path):
        return None
    copy = "%s.%d.%s~" % (path, os.getpid(), time.strftime("%Y-%m-%d@%H:%M:%S"))
    fd = os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(fd, "wb") as target, open(path, "rb") as source:
        shutil.copyfileobj(source, target, CHUNK)
    found = os.stat(path)
    try:
        os.chown(copy, found.st_uid, found.st_gid)
    except PermissionError:
        pass
    shutil.copystat(path, copy)
    return copy


def make_directories(request: Request, path: str, wanted: Mapping[str, Any]) -> list[str]:
    """Create a directory and those above it that are missing; return what was (or would be) created."""
    missing: list[str] = []
    while path and not os.path.isdir(path):
        if os.path.lexists(path):
            raise Fail("cannot create the directory '%s': it is something else" % path, path=path)
        missing.append(path)
        path = os.path.dirname(path)
    missing.reverse()
    if not request.check:
        for one in missing:
            os.mkdir(one)
            attributes.apply(request, one, wanted)
    return missing


def diff(before: bytes | None, after: bytes | None, before_header: str, after_header: str) -> dict[str, Any]:
    """Return the difference of two contents as Ansible shows it; None is a file that is not there."""
    result: dict[str, Any] = {"before_header": before_header, "after_header": after_header}
    for side, other, content in (("before", "dst", before), ("after", "src", after)):
        if content is not None and len(content) > DIFF_LIMIT:
            result[other + "_larger"] = DIFF_LIMIT
        elif content is not None and b"\0" in content:
            result[other + "_binary"] = 1
        else:
            result[side] = (content or b"").decode("utf-8", "replace")
    return result


def beginning(path: str) -> bytes | None:
    """Return as much of a file as a diff needs; None where no regular file is."""
    if not os.path.isfile(path):
        return None
    with open(path, "rb") as file:
        return file.read(DIFF_LIMIT + 1)
