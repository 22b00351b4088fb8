"""Options that all modules share that put a file somewhere, and sending files to a host."""

from __future__ import annotations

import asyncio
import hashlib
import io
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

from opsflow.core.errors import TaskError
from opsflow.target.files import DIFF_LIMIT

from .module import ModuleArgs, Result, TaskContext
from .types import Bool, Mode, Text, arg

SMALL = 64 * 1024  # bytes that go along with a call, unasked
LARGE = 16 * 1024 * 1024  # bytes that take longer to read than a host to say how many it has
CHUNK = 256 * 1024


class FileArgs(ModuleArgs):
    """Owner, group, mode and the like. The host's half takes them as `**wanted`."""

    mode: Mode | None = None
    """The permissions: `'0644'` in quotes, or in words such as `u=rw,g=r`."""
    owner: Text | None = None
    """The user that owns it, by name or number."""
    group: Text | None = None
    """The group that owns it, by name or number."""
    attributes: Text | None = arg(None, "attr")
    """Flags of the file system as chattr knows them: `+i`, `-a`, `=`."""
    seuser: Text | None = None
    """The user part of the SELinux context, on hosts that have it."""
    serole: Text | None = None
    """The role part of the SELinux context."""
    setype: Text | None = None
    """The type part of the SELinux context."""
    selevel: Text | None = None
    """The level part of the SELinux context."""
    unsafe_writes: Bool = False
    """Write in place where a rename cannot be, as for files that are mounted by themselves."""

    def wanted(self) -> Result:
        """Return those that were given."""
        return {name: value for name in FileArgs.model_fields if (value := getattr(self, name)) is not None}


async def put(task: TaskContext, content: bytes, args: Result) -> Result:
    """Put a file with this content on the host, if it differs: `args` are those of `copy.put` over there."""
    checksum = hashlib.sha1(content, usedforsecurity=False).hexdigest()
    sent = {**args, "checksum": checksum}
    if len(content) <= (DIFF_LIMIT if task.diff else SMALL):
        return await task.call("copy.put", sent, payload=content)
    answer = await task.call("copy.put", {**sent, "content": "later"}, more=True)
    if not answer.get("wanted"):
        return answer
    return await task.call(
        "copy.put", {**sent, "content": "stream"}, upload=_pieces(task, content, str(args["dest"]))
    )


async def put_file(task: TaskContext, path: Path, args: Result) -> Result:
    """Put a file of the control node on the host, if it differs. Raises TaskError when it can't be read."""
    size = (await _stat(path)).st_size
    if size <= (DIFF_LIMIT if task.diff else SMALL):
        return await put(task, await read(path), args)
    sent = {**args, "checksum": ""}
    answer: Result = {"same_size": True}
    if size > LARGE and not task.check:  # one of another size is another one: nobody need read it to know
        answer = await task.call("copy.put", {**sent, "content": "later", "size": size}, more=True)
    if "same_size" in answer:
        sent["checksum"] = await asyncio.to_thread(digest, path)
        answer = await task.call("copy.put", {**sent, "content": "later"}, more=True)
    if not answer.get("wanted"):
        return answer
    stream = stream_files(task, [path], size)
    return await task.call("copy.put", {**sent, "content": "stream"}, upload=stream)


async def _pieces(task: TaskContext, content: bytes, name: str) -> AsyncIterator[bytes]:
    for start in range(0, len(content), CHUNK):
        yield content[start : start + CHUNK]
        task.progress(f"sending {name}", min(100.0, 100 * (start + CHUNK) / len(content)))


async def stream_files(
    task: TaskContext, paths: Sequence[Path], total: int, opened: Mapping[Path, bytes] | None = None
) -> AsyncIterator[bytes]:
    """Yield the contents of files, one after another, and tell how far it is.

    Args:
        task: whose progress it is.
        paths: the files.
        total: bytes of all of them.
        opened: contents that stand for those of some files.
    """
    sent = 0
    for path in paths:
        with io.BytesIO(opened[path]) if opened and path in opened else path.open("rb") as file:
            while chunk := await asyncio.to_thread(file.read, CHUNK):
                yield chunk
                sent += len(chunk)
                task.progress(f"sending {path.name}", 100 * sent / total if total else None)


def digest(path: Path) -> str:
    """Return the sha1 of a file's content. Raises TaskError when it can't be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, _sha1).hexdigest()
    except OSError as error:
        raise unreadable(path, error) from error


def _sha1() -> hashlib._Hash:  # pyright: ignore[reportPrivateUsage]
    return hashlib.sha1(usedforsecurity=False)


async def read(path: Path) -> bytes:
    """Return a file's content. Raises TaskError when it can't be read."""
    try:
        return await asyncio.to_thread(path.read_bytes)
    except OSError as error:
        raise unreadable(path, error) from error


async def read_plain(task: TaskContext, path: Path) -> bytes:
    """Return a file's content, decrypted where it is encrypted. Raises TaskError and InputError."""
    return task.vault.plain(await read(path), str(path))


async def _stat(path: Path) -> os.stat_result:
    try:
        return await asyncio.to_thread(path.stat)
    except OSError as error:
        raise unreadable(path, error) from error


def unreadable(path: Path, error: OSError) -> TaskError:
    """Return the error for a file of the control node that can't be read."""
    return TaskError(f"cannot read '{path}' on the control node: {error.strerror}")
