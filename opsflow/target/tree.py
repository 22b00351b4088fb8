"""Ansible's `copy` of a directory: many files in few round trips.

The control node sends the list of what is in the tree. The contents go along when they are small; else the
host answers which files it needs, and a second call streams just those, one after another.
"""

from __future__ import annotations

import os

from opsflow.target import attributes, files
from opsflow.target.copy import link
from opsflow.target.paths import expand
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from opsflow.target.request import Request

    Result = dict[str, Any]
    Entry = dict[str, Any]


def run(
    request: Request,
    dest: str,
    entries: list[Entry],
    content: str = "later",
    needed: list[int] | None = None,
    force: bool = True,
    follow: bool = False,
    backup: bool = False,
    validation: str | None = None,
    directory_mode: Any = None,
    **wanted: Any,
) -> Result:
    """Put a tree of files in its place.

    Args:
        entries: what is in it, directories before what they hold: {path, kind} with kind `directory`,
            `link` (and `to`) or `file` (and `size`, `checksum`, perhaps `mode`).
        content: where the files' contents are: all in the `payload`, those `needed` in the `stream`, or
            `later`: then the result is {wanted: [indexes]}, and nothing has been done, if any is needed.
    """
    tree = _Tree(request, expand(request, dest).rstrip("/") or "/", wanted, directory_mode)
    tree.force, tree.follow, tree.backup, tree.validation = force, follow, backup, validation
    if needed is None:
        needed = [index for index, entry in enumerate(entries) if tree.differs(entry)]
        if content == "later" and needed and not request.check:
            return {"wanted": needed}
    if content == "payload":
        return tree.put(entries, set(needed), _Pieces([request.payload]), every=True)
    return tree.put(entries, set(needed), _Pieces(request.receive_chunks()), every=False)


class _Tree:
    """A tree that is being put in its place."""

    def __init__(self, request: Request, top: str, wanted: dict[str, Any], directory_mode: Any) -> None:
        self.request = request
        self.top = top
        self.wanted = wanted
        self.directory = dict(wanted, mode=directory_mode)
        self.force = True
        self.follow = False
        self.backup = False
        self.validation: str | None = None
        self.changed = False
        self.diffs: list[dict[str, Any]] = []

    def place(self, entry: Entry) -> str:
        path = os.path.join(self.top, entry["path"])
        return os.path.realpath(path) if self.follow and os.path.islink(path) else path

    def differs(self, entry: Entry) -> bool:
        if entry["kind"] != "file":
            return False
        place = self.place(entry)
        if not self.force and os.path.lexists(place):
            return False
        return files.checksum(place, follow=False) != entry["checksum"]

    def put(self, entries: list[Entry], needed: set[int], pieces: _Pieces, every: bool) -> Result:
        self.made(files.make_directories(self.request, self.top, self.directory))
        for index, entry in enumerate(entries):
            self.request.raise_if_cancelled()
            if entry["kind"] == "directory":
                place = os.path.join(self.top, entry["path"])
                self.made(files.make_directories(self.request, place, self.directory))
            elif entry["kind"] == "link":
                self.made(link(self.request, entry["to"], os.path.join(self.top, entry["path"])))
            elif index in needed:
                self.write(entry, pieces.take(entry["size"]), here=every or not self.request.check)
            else:
                if every:
                    pieces.skip(entry["size"])
                self.keep(entry)
        result: Result = {"dest": self.top + "/", "changed": self.changed}
        if self.diffs:
            result["diff"] = self.diffs
        return result

    def made(self, something: object) -> None:
        self.changed = bool(something) or self.changed

    def write(self, entry: Entry, content: Iterable[bytes], here: bool) -> None:
        self.changed = True
        place = self.place(entry)
        if os.path.isdir(place):
            raise Fail("'%s' is a directory: a file can't take its place" % place, dest=place)
        if self.request.diff:
            before = files.beginning(place)
            after = files.LARGE
            if here and entry["size"] <= files.DIFF_LIMIT:
                after = b"".join(content)
                content = [after]
            self.diffs.append(files.diff(before, after, place, entry["path"]))
        if not self.request.check:
            wanted = dict(self.wanted, mode=entry.get("mode", self.wanted.get("mode")))
            files.replace(
                self.request, place, content, wanted, self.backup, self.validation, entry["checksum"]
            )
            attributes.apply(self.request, place, wanted)

    def keep(self, entry: Entry) -> None:
        place = self.place(entry)
        wanted = dict(self.wanted, mode=entry.get("mode", self.wanted.get("mode")))
        if self.force and os.path.lexists(place):
            self.changed = attributes.apply(self.request, place, wanted) or self.changed


class _Pieces:
    """Cuts a stream of chunks into the contents of files by their sizes."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self.chunks: Iterator[bytes] = iter(chunks)
        self.rest: bytes = b""

    def take(self, size: int) -> Iterable[bytes]:
        while size:
            if not self.rest:
                self.rest = next(self.chunks, b"")
                if not self.rest:
                    return  # too short: the checksum tells
            piece, self.rest = self.rest[:size], self.rest[size:]
            size -= len(piece)
            yield piece

    def skip(self, size: int) -> None:
        for _ in self.take(size):
            pass
