"""Who runs what, from where, with which files: what stands at the head of a run's record."""

from __future__ import annotations

import getpass
import hashlib
import os
import platform
import re
import shlex
import socket
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from opsflow import __version__
from opsflow.core.redact import MASK

_NAME = r"[\w-]*(?:pass(?:word|wd|phrase)?|secret|token|api[_-]?key|credentials?)"
_VALUE = r"""(?P<value>"[^"]*"|'[^']*'|[^\s,}&"']+)"""
_ASSIGNED = re.compile(rf"""{_NAME}\w*["']?\s*[=:]\s*{_VALUE}""", re.IGNORECASE)
_FOLLOWED = re.compile(rf"(?:^|\s)--?{_NAME}\s+(?!-){_VALUE}", re.IGNORECASE)
_IN_URL = re.compile(r"\w+://[^/@:\s]*:(?P<value>[^/@\s]+)@")
_PATTERNS = (_ASSIGNED, _FOLLOWED, _IN_URL)
"""Where the value is probably a secret."""
_OURS = ("--ask-", "--vault-password-file", "--private-key", "--key-file")
_GIT = {"GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
_GIT_S = 10.0


@dataclass(frozen=True)
class Header:
    """What is known of a run before it begins. `files` are those that its playbooks are made of.

    `mask` takes secrets out of a text.
    """

    arguments: Sequence[str]
    playbook_dir: Path
    files: Sequence[str]
    inventory: Sequence[str]
    mask: Callable[[str], str]

    def command(self) -> str:
        """Return the command line, with what looks like a secret masked."""
        return self.mask(masked(self.arguments))


@dataclass(frozen=True)
class Place:
    """Who is at work where: a user, also behind sudo, their machine and the address they came from."""

    who: str
    node: str
    client: str | None
    directory: str
    pid: int
    pid_started: int

    @classmethod
    def here(cls, environ: Mapping[str, str] = os.environ) -> Place:
        """Return what is true of this process."""
        user = _user()
        behind = environ.get("SUDO_USER", "")
        return cls(
            who=f"{behind} as {user}" if behind and behind != user else user,
            node=socket.gethostname(),
            client=(environ.get("SSH_CONNECTION", "").split() or [None])[0],
            directory=_directory(),
            pid=os.getpid(),
            pid_started=started(os.getpid()),
        )


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user without a name, as in containers
        return str(os.getuid())


def _directory() -> str:
    try:
        return str(Path.cwd())
    except FileNotFoundError:
        return "?"


def started(pid: int) -> int:
    """Return when a process of this machine began, in ticks since the boot; 0 when there is none."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    except OSError:
        return 0
    fields = text.rpartition(")")[2].split()
    return int(fields[19]) if fields[0] != "Z" else 0


def versions() -> dict[str, str]:
    """Return what runs here, by name."""
    return {"opsflow": __version__, "python": platform.python_version(), "system": platform.release()}


def masked(arguments: Sequence[str]) -> str:
    """Return a command line as one would type it, without values that are probably secrets."""
    return shlex.join(
        MASK if _follows(arguments, number) else _without_secrets(word)
        for number, word in enumerate(arguments)
    )


def secrets_in(arguments: Sequence[str]) -> Iterator[str]:
    """Yield the values of a command line that are probably secrets."""
    for number, word in enumerate(arguments):
        if _follows(arguments, number):
            yield word
        elif not word.startswith(_OURS):
            for pattern in _PATTERNS:
                yield from (found["value"].strip("\"'") for found in pattern.finditer(word))


def _follows(arguments: Sequence[str], number: int) -> bool:
    """Tell whether a word is the value of an option whose name speaks of a secret."""
    before = arguments[number - 1] if number else ""
    named = bool(_FOLLOWED.match(f"{before} x")) and not before.startswith(_OURS)
    return named and not arguments[number].startswith("-")


def _without_secrets(word: str) -> str:
    if not word.startswith(_OURS):
        for pattern in _PATTERNS:
            word = pattern.sub(lambda found: found[0].replace(found["value"], MASK), word)
    return word


def digest(paths: Iterable[str]) -> str:
    """Return a hash of files, of directories with their group_vars and host_vars, and of mere names."""
    total = hashlib.sha256()
    for path in paths:
        total.update(path.encode(errors="surrogateescape") + b"\0")
        for file in _files(Path(path)):
            total.update(_content(file))
    return total.hexdigest()


def digests(paths: Iterable[str]) -> dict[str, str]:
    """Return a hash of each of some files and directories, by its path; of mere names none."""
    return {path: digest([path]) for path in paths if Path(path).exists()}


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path] if path.is_file() else []
    with suppress(OSError):
        inside = [*path.iterdir(), *(file for name in _VARS for file in (path / name).rglob("*"))]
        return sorted(file for file in inside if file.is_file())
    return []


_VARS = ("group_vars", "host_vars")


def _content(file: Path) -> bytes:
    try:
        return hashlib.sha256(file.read_bytes()).digest()
    except OSError:
        return b"?"


def git_state(directory: Path) -> tuple[str | None, bool | None]:
    """Return the commit that a directory is at and whether it holds other changes; Nones without git."""
    commit = _git(directory, "rev-parse", "--verify", "HEAD")
    if not commit:
        return None, None
    changes = _git(directory, "status", "--porcelain", "--", ".")
    return commit.strip(), None if changes is None else bool(changes)


def _git(directory: Path, *words: str) -> str | None:
    command = ["git", "-C", str(directory), "-c", "core.fsmonitor=false", *words]
    try:
        done = subprocess.run(
            command,
            env={**os.environ, **_GIT},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_GIT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


def arguments_of_this_process() -> list[str]:
    """Return the command line as it was typed, beginning with our name."""
    return ["opsflow", *sys.argv[1:]]
