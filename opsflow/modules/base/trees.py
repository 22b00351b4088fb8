"""Sending a directory to a host: first its list, then in one batch what the host needs of it."""

from __future__ import annotations

import asyncio
import hashlib
import os
import stat
from pathlib import Path
from typing import Any

from opsflow.source.vault import is_encrypted_file

from .files import SMALL, digest, read, read_plain, stream_files, unreadable
from .module import Result, TaskContext

Entry = dict[str, Any]


async def put_tree(
    task: TaskContext, source: Path, args: Result, *, follow: bool, decrypt: bool = False
) -> Result:
    """Put a directory's content on the host: `args` are those of `tree.run` over there.

    Args:
        follow: send what the links of the control node point to, not the links.
        decrypt: send what is in encrypted files.
    """
    args = dict(args)
    preserve = args.get("mode") == "preserve"
    if preserve:
        del args["mode"]
    entries = await asyncio.to_thread(_listing, source, follow, preserve)
    opened = await _decrypted(task, source, entries) if decrypt else {}
    args["entries"] = entries
    files = [source / entry["path"] for entry in entries if entry["kind"] == "file"]
    if sum(entry.get("size", 0) for entry in entries) <= SMALL:
        payload = b"".join([opened[path] if path in opened else await read(path) for path in files])
        return await task.call("tree.run", {**args, "content": "payload"}, payload=payload)
    answer = await task.call("tree.run", args, more=True)
    if "wanted" not in answer:
        return answer
    needed: list[Entry] = [entries[index] for index in answer["wanted"]]
    paths = [source / entry["path"] for entry in needed]
    stream = stream_files(task, paths, sum(entry["size"] for entry in needed), opened)
    return await task.call(
        "tree.run", {**args, "content": "stream", "needed": answer["wanted"]}, upload=stream
    )


async def _decrypted(task: TaskContext, source: Path, entries: list[Entry]) -> dict[Path, bytes]:
    """Return the content of those files that are encrypted, and describe that in the entries instead."""
    opened: dict[Path, bytes] = {}
    for entry in entries:
        path = source / entry["path"]
        if entry["kind"] == "file" and is_encrypted_file(path):
            opened[path] = content = await read_plain(task, path)
            checksum = hashlib.sha1(content, usedforsecurity=False).hexdigest()
            entry.update(size=len(content), checksum=checksum)
    return opened


def _listing(source: Path, follow: bool, preserve: bool) -> list[Entry]:
    """Return what is in a directory, directories before what they hold."""
    entries: list[Entry] = []
    for base, directories, names in os.walk(source, followlinks=follow, onerror=_raise):
        directories.sort()
        for name in directories + sorted(names):
            path = Path(base, name)
            entries.append(_entry(path, str(path.relative_to(source)), follow, preserve))
    return entries


def _raise(error: OSError) -> None:
    raise unreadable(Path(error.filename), error)


def _entry(path: Path, relative: str, follow: bool, preserve: bool) -> Entry:
    if not follow and path.is_symlink():
        return {"path": relative, "kind": "link", "to": str(path.readlink())}
    try:
        found = path.stat()
    except OSError as error:
        raise unreadable(path, error) from error
    if stat.S_ISDIR(found.st_mode):
        return {"path": relative, "kind": "directory"}
    entry: Entry = {"path": relative, "kind": "file", "size": found.st_size, "checksum": digest(path)}
    if preserve:
        entry["mode"] = stat.S_IMODE(found.st_mode)
    return entry
