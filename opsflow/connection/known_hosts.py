"""Host keys that people trust, in OpenSSH's known_hosts files.

Each file is read once a run; its keys are decoded by whoever needs one, for the hosts that are looked up.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

log = logging.getLogger("opsflow.connection")

SSH_PORT = 22


class KnownKey(NamedTuple):
    """One line of a known_hosts file. `key` is a public key in text; `marker` is None for a plain key."""

    file: str
    line: int
    names: str
    key: str
    marker: str | None = None

    @property
    def place(self) -> str:
        return f"{self.file}:{self.line}"


class KnownHostsFile:
    """The lines of one file; a file that does not exist has none."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._exact: dict[str, list[KnownKey]] = {}
        self._patterns: list[KnownKey] = []
        self._hashed: list[tuple[bytes, bytes, KnownKey]] = []
        try:
            text = path.read_text(encoding="utf-8", errors="replace")
        except (FileNotFoundError, NotADirectoryError):
            return
        except OSError as error:
            log.warning("cannot read %s: %s", path, error.strerror)
            return
        for number, line in enumerate(text.splitlines(), 1):
            self._read(number, line)

    def _read(self, number: int, line: str) -> None:
        words = line.split()
        if not words or words[0].startswith("#"):
            return
        marker = words.pop(0)[1:] if words[0].startswith("@") else None
        if len(words) < 3:
            log.warning("%s:%d is not a line of a known_hosts file", self.path, number)
            return
        self.add(KnownKey(str(self.path), number, words[0], " ".join(words[1:3]), marker))

    def add(self, known: KnownKey) -> None:
        """Take one more line into account."""
        if known.names.startswith("|1|"):
            salt, _, digest = known.names[3:].partition("|")
            try:
                self._hashed.append((base64.b64decode(salt), base64.b64decode(digest), known))
            except ValueError:
                log.warning("%s holds a hashed name that cannot be read", known.place)
        elif any(sign in known.names for sign in "*?!"):
            self._patterns.append(known)
        else:
            for name in known.names.split(","):
                self._exact.setdefault(name.lower(), []).append(known)

    def find(self, name: str) -> list[KnownKey]:
        """Return the lines for a host, named `host` or `[host]:port`."""
        found = list(self._exact.get(name, ()))
        found += [known for known in self._patterns if _matches(known.names, name)]
        encoded = name.encode()
        for salt, digest, known in self._hashed:
            if hmac.digest(salt, encoded, hashlib.sha1) == digest:
                found.append(known)
        return found


def _matches(patterns: str, name: str) -> bool:
    """A list of patterns matches when one of them does and none that is negated with `!` does."""
    found = False
    for pattern in patterns.lower().split(","):
        # fnmatch would take brackets as a set of characters: here they are part of "[host]:port".
        plain = pattern.lstrip("!").replace("[", "[[]")
        if fnmatchcase(name, plain):
            if pattern.startswith("!"):
                return False
            found = True
    return found


@dataclass(frozen=True)
class KnownHosts:
    """The files that count for a host; new keys are written to the first of them."""

    files: Sequence[KnownHostsFile]

    @cached_property
    def paths(self) -> str:
        return ", ".join(str(file.path) for file in self.files)

    def find(self, host: str, port: int) -> list[KnownKey]:
        """Return the lines for a host: those with its port if there are any, else those without one."""
        host = host.lower()
        if port != SSH_PORT and (found := self._find(f"[{host}]:{port}")):
            return found
        return self._find(host)

    def _find(self, name: str) -> list[KnownKey]:
        return [known for file in self.files for known in file.find(name)]

    def accept(self, host: str, port: int, key: str) -> KnownKey | None:
        """Append a key to the first file and trust it from now on; return None if it can't be written.

        Args:
            host: the host's name or address.
            key: the public key in text, `type base64`.
        """
        name = host if port == SSH_PORT else f"[{host}]:{port}"
        if not self.files:
            return KnownKey("", 0, name, key)
        file = self.files[0]
        for known in file.find(name):
            if known.key == key:  # another session to the same host was quicker
                return known
        try:
            line = _append(file.path, f"{name} {key}\n")
        except OSError as error:
            log.warning("cannot write %s: %s", file.path, error.strerror)
            return None
        known = KnownKey(str(file.path), line, name, key)
        file.add(known)
        return known


def _append(path: Path, line: str) -> int:
    """Append a line with one write, so that two programs that append don't mix; return its number."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    before = path.read_bytes() if path.exists() else b""
    glue = "" if not before or before.endswith(b"\n") else "\n"
    with path.open("ab", buffering=0) as file:
        file.write((glue + line).encode())
    return len(before.splitlines()) + 1
