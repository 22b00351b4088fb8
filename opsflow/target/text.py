"""What the modules share that edit a text file: reading it, and writing what came of it."""

from __future__ import annotations

import os
import re

from opsflow.target import attributes, files
from opsflow.target.paths import expand
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from opsflow.target.request import Request


class Text:
    """A text file that a task edits: `before` is its text, None where there is none."""

    def __init__(self, request: Request, path: str, encoding: str = "utf-8") -> None:
        """Read it. Raises Fail when it can't be read."""
        self.request = request
        self.path = os.path.realpath(expand(request, path))
        self.encoding = encoding
        self.before: str | None = None
        self.backup: str | None = None  # where the old file is, once it has been replaced
        if os.path.isdir(self.path):
            raise Fail("Path %s is a directory !" % self.path, rc=256)
        if os.path.exists(self.path):
            with open(self.path, "rb") as file:
                self.before = self._decode(file.read())

    def _decode(self, content: bytes) -> str:
        try:
            return content.decode(self.encoding, "surrogateescape")
        except (LookupError, UnicodeDecodeError) as error:
            raise Fail("cannot read '%s' as %s: %s" % (self.path, self.encoding, error)) from None

    def encode(self, text: str) -> bytes:
        try:
            return text.encode(self.encoding, "surrogateescape")
        except (LookupError, UnicodeEncodeError) as error:
            raise Fail("cannot write '%s' as %s: %s" % (self.path, self.encoding, error)) from None

    def lines(self, create: bool, kind: str = "Path") -> list[str]:
        """Return the lines with their ends; none of a file that may be created. Raises Fail."""
        if self.before is None and not create:
            raise Fail("%s %s does not exist !" % (kind, self.path), rc=257)
        parts = (self.before or "").split("\n")
        return [part + "\n" for part in parts[:-1]] + ([parts[-1]] if parts[-1] else [])

    def finish(
        self,
        after: str,
        msg: str,
        wanted: Mapping[str, Any],
        backup: bool = False,
        validation: str | None = None,
    ) -> dict[str, Any]:
        """Write the text if it differs, set the file's attributes, and return the task's result."""
        changed = after != self.before
        result: dict[str, Any] = {"changed": changed, "msg": msg if changed else ""}
        if changed and not self.request.check:
            if self.before is None:
                files.make_directories(self.request, os.path.dirname(self.path), {})
            content = [self.encode(after)]
            written = files.replace(self.request, self.path, content, wanted, backup, validation)
            self.backup = written.backup
        seen: attributes.Diff = {"before": {}, "after": {}}
        if os.path.exists(self.path) and attributes.apply(self.request, self.path, wanted, seen):
            note = "ownership, perms or SE linux context changed"
            result["msg"] = "%s and %s" % (result["msg"], note) if changed else note
            result["changed"] = True
        if self.request.diff:
            result["diff"] = self._diff(after, seen)
        return result

    def _diff(self, after: str, seen: attributes.Diff) -> list[dict[str, Any]]:
        header = "%s (content)" % self.path
        before = b"" if self.before is None else self.encode(self.before)
        content = files.diff(before, self.encode(after), header, header)
        header = "%s (file attributes)" % self.path
        return [content, dict(seen, before_header=header, after_header=header)]


def compiled(pattern: str, option: str, flags: int = 0) -> re.Pattern[str]:
    """Return a compiled regular expression. Raises Fail naming the option when it is none."""
    try:
        return re.compile(pattern, flags)
    except re.error as error:
        raise Fail("%s is not a regular expression: %s: %s" % (option, error, pattern)) from None
