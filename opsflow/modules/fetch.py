"""fetch: files from hosts."""

from __future__ import annotations

import asyncio
import hashlib
import os
import posixpath
import secrets
from pathlib import Path as LocalPath
from typing import BinaryIO, Self

from opsflow.core.errors import TaskError

from .base.files import digest
from .base.module import Module, ModuleArgs, Result, TaskContext, modules
from .base.types import Bool, Path


class FetchArgs(ModuleArgs):
    """Options of `fetch`."""

    src: Path
    """The file on the host."""
    dest: Path
    """The directory on the control node, or with `flat` the file."""
    flat: Bool = False
    """Put it just there; if not, below the host's name with its whole path."""
    fail_on_missing: Bool = True
    """Fail where it is not there."""
    validate_checksum: Bool = True
    """Check that it arrived as it was."""


@modules.register("fetch")
class Fetch(Module):
    """Bring a file from the host to DEST/HOST/PATH on the control node, or to DEST itself with `flat`.

    Returns:
        dest: the file on this machine.
        checksum, remote_checksum: SHA-1 of both.

    Examples:
        - name: Fetch a log below a directory for each host
          fetch:
            src: /var/log/app.log
            dest: logs/

        - name: Fetch a certificate to one name
          fetch:
            src: /etc/ssl/certs/app.pem
            dest: "certs/{{ inventory_hostname }}.pem"
            flat: true
    """

    Args = FetchArgs

    async def run(self, task: TaskContext, args: FetchArgs) -> Result:
        dest = await _destination(task, args)
        have = await asyncio.to_thread(digest, dest) if dest.is_file() else None
        with _Incoming(dest) as incoming:
            answer = await task.call("fetch.run", {"src": args.src, "have": have}, on_data=incoming.write)
            if refused := answer.get("refused"):
                return _without(args, refused)
            if answer["checksum"] == have:
                told = {"file": args.src, "dest": str(dest), "checksum": have}
                return {"changed": False, **told, "md5sum": await asyncio.to_thread(_md5_of, dest)}
            if not answer["sent"]:  # check mode
                return {"changed": True, "dest": str(dest), "remote_checksum": answer["checksum"]}
            return await asyncio.to_thread(incoming.finish, answer["checksum"], args.validate_checksum)


def _without(args: FetchArgs, why: str) -> Result:
    """Return the result where there is nothing to fetch. Raises TaskError unless that is fine."""
    if args.fail_on_missing:
        raise TaskError(f"{why}: {args.src}", data={"file": args.src})
    told = {} if "directory" in why else {"file": args.src}
    return {"changed": False, "msg": f"{why}, not transferring, ignored", **told}


async def _destination(task: TaskContext, args: FetchArgs) -> LocalPath:
    """Return the path to write: never outside of `dest`, whatever the host says its home is."""
    dest = os.path.expanduser(args.dest)  # noqa: ASYNC240
    base = LocalPath(os.path.abspath(str(task.vars.get("playbook_dir", "."))), dest)  # noqa: ASYNC240
    if args.flat:
        if dest.endswith("/"):
            return base / posixpath.basename(args.src)
        if base.is_dir():  # noqa: ASYNC240
            raise TaskError(
                f"dest '{args.dest}' is a directory: write '{args.dest}/' to fetch the file into it"
            )
        return base
    source = args.src
    if source.startswith("~") or "$" in source:
        source = str((await task.call("fetch.locate", {"src": source}))["source"])
    inside = posixpath.normpath("/" + source).lstrip("/")  # no `..` is left of it
    if task.host in (".", "..") or "/" in task.host or not inside:
        raise TaskError(f"cannot make a path below '{args.dest}' of '{task.host}' and '{source}'")
    return base / task.host / inside


def _md5_of(path: LocalPath) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, _md5).hexdigest()


def _md5() -> hashlib._Hash:  # pyright: ignore[reportPrivateUsage]
    return hashlib.md5(usedforsecurity=False)


class _Incoming:
    """The file that comes: written beside its place, and renamed when it is whole."""

    def __init__(self, dest: LocalPath) -> None:
        self.dest = dest
        self.sha1 = hashlib.sha1(usedforsecurity=False)
        self.md5 = _md5()
        self.error: OSError | None = None
        self.file: BinaryIO | None = None
        self.temporary = dest.with_name(f".{dest.name[:100]}.opsflow-{secrets.token_hex(6)}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.file:
            self.file.close()
            self.temporary.unlink(missing_ok=True)

    def write(self, data: bytes) -> None:
        """Take a piece. What goes wrong is told by `finish`: nothing may be raised to the connection."""
        if self.error:
            return
        self.sha1.update(data)
        self.md5.update(data)
        try:
            if not self.file:
                self.dest.parent.mkdir(parents=True, exist_ok=True)
                self.file = self.temporary.open("xb")
            self.file.write(data)
        except OSError as error:
            self.error = error

    def finish(self, checksum: str, validate: bool) -> Result:
        """Put the file in its place and return the task's result. Raises TaskError."""
        self.write(b"")  # an empty file has come in no pieces
        mine = self.sha1.hexdigest()
        if validate and mine != checksum and not self.error:
            raise TaskError(
                f"'{self.dest}' was not written: what arrived does not have the checksum that the host gave",
                data={"checksum": mine, "remote_checksum": checksum},
            )
        try:
            if self.error:
                raise self.error
            assert self.file
            self.file.close()
            self.temporary.rename(self.dest)
        except OSError as error:
            raise TaskError(f"cannot write '{self.dest}' on the control node: {error.strerror}") from error
        return {
            "changed": True,
            "dest": str(self.dest),
            "checksum": mine,
            "md5sum": self.md5.hexdigest(),
            "remote_checksum": checksum,
            "remote_md5sum": None,
        }
