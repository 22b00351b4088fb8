"""Archives that GNU tar reads, compressed or not."""

from __future__ import annotations

import fnmatch
import os
import re
import shutil

from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.request import Completed, Request

_DIFFERS = re.compile(
    r": (?:Mod time differs|Symlink differs|Contents differ|Size differs|Not linked to .*"
    r"|File type differs|Invalid owner.*|Invalid group.*"
    r"|Warning: Cannot stat: .*|Cannot stat: Not a directory)$"
)
_NAMELESS = ": : Warning: Cannot stat: "  # what --strip-components left nothing of
_ESCAPED = re.compile(rb"\\([0-7]{3}|.)")
_LETTERS = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"b": b"\b", b"f": b"\f", b"v": b"\v", b"a": b"\a"}


class Tar:
    """A tar archive."""

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
        with open(path, "rb") as file:
            self.handler = "TgzArchive" if file.read(2) == b"\x1f\x8b" else "TarArchive"
        self.tool = shutil.which("gtar") or shutil.which("tar")
        if self.tool is None:
            raise Fail(
                "Failed to find handler for \"%s\". Unable to find required 'tar' on the host: "
                "install that package" % path
            )

    def _tar(self, action: str, *more: str) -> Completed:
        argv: list[str] = [str(self.tool), action, "-C", self.dest, *more]
        if self.options:
            argv += ["--show-transformed-names", *self.options]
        argv += ["--exclude=" + pattern.rstrip("/") for pattern in self.exclude]
        return self.request.command([*argv, "-f", self.path, *self.include], cwd=self.dest)

    def members(self) -> list[str]:
        """Return the names of what would be unpacked. Raises Fail when it is no archive, or an empty one."""
        done = self._tar("--list", "--quoting-style=escape")
        if done.rc != 0:
            raise Fail(
                'Failed to find handler for "%s". Make sure the required command to extract the file is '
                "installed.\nUnable to list files in the archive: %s" % (self.path, done.stderr.strip()),
                rc=done.rc,
                stderr=done.stderr,
            )
        names = [unescape(line).lstrip("/") for line in done.stdout.splitlines()]
        if not names:
            raise Fail('Failed to find handler for "%s": there are no files in the archive.' % self.path)
        return [name for name in names if not any(fnmatch.fnmatch(name, one) for one in self.exclude)]

    def differences(self) -> list[str]:
        """Return what tar says of members that are not there as they are in the archive."""
        done = self._tar("--diff", *self._newer())
        lines = done.stdout.splitlines() + done.stderr.splitlines()
        return [line for line in lines if _NAMELESS not in line and self._matters(line)]

    def _matters(self, line: str) -> bool:
        """Leave to the attributes what the task sets, and what only root can set."""
        root = os.getuid() == 0
        if line.endswith(": Uid differs"):
            return root and self.wanted.get("owner") is None
        if line.endswith(": Gid differs"):
            return root and self.wanted.get("group") is None
        if line.endswith(": Mode differs"):
            return self.wanted.get("mode") is None
        return bool(_DIFFERS.search(line))

    def extract(self) -> Completed:
        return self._tar("--extract", *self._newer())

    def _newer(self) -> list[str]:
        return ["--keep-newer-files"] if self.keep_newer else []


def unescape(text: str) -> str:
    """Return a name that tar wrote with backslashes for what is not printable."""
    raw = _ESCAPED.sub(_character, text.encode("utf-8", "surrogateescape"))
    return raw.decode("utf-8", "surrogateescape")


def _character(found: re.Match[bytes]) -> bytes:
    code = found.group(1)
    return bytes([int(code, 8)]) if len(code) == 3 else _LETTERS.get(code, code)
