"""Ansible's `apt_key`: keys in the ring that apt trusts for every repository."""

from __future__ import annotations

import glob
import os
import shutil
import tempfile
import time

from opsflow.target.paths import expand
from opsflow.target.programs import need, which
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from opsflow.target.request import Completed, Request

_MAIN = "/etc/apt/trusted.gpg"
_PARTS = "/etc/apt/trusted.gpg.d"
_TRIES = 5  # times that a keyserver is asked


def run(request: Request, data: str | None = None, file: str | None = None, **options: Any) -> dict[str, Any]:
    """Add or remove a key that is given as text, as a file of the host, or that a keyserver has."""
    if file:
        path = expand(request, file)
        return ensure(request, lambda: _read(path), **options)
    return ensure(request, lambda: (data or "").encode(), **options)


def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise Fail("cannot read the key '%s': %s" % (path, error.strerror)) from error


def ensure(
    request: Request,
    content: Callable[[], bytes],
    id: str | None = None,
    state: str = "present",
    keyring: str | None = None,
    keyserver: str | None = None,
) -> dict[str, Any]:
    """Add a key unless it is there, or remove it.

    Args:
        content: gives the key, if it has to be looked at.
        id: its identifier, found in the key where not given.
        keyring: the file that holds it, by default apt's own.
        keyserver: where it is got from by its identifier.
    """
    key = b""
    if not id:
        key = content()
        id = _id_in(request, key)
    digits = (id[2:] if id[:2] in ("0x", "0X") else id).upper()
    looked_for = digits if len(digits) <= 16 else digits[-16:]
    result: dict[str, Any] = {"changed": False, "id": id, "short_id": digits[-8:], "fp": looked_for}
    ring = _Ring(request, expand(request, keyring) if keyring else None, short=len(digits) == 8)
    result.update(key_id=digits, before=ring.keys())
    if (looked_for in result["before"]) == (state == "present"):
        return result
    result["changed"] = True
    if request.check:
        return result
    if state == "absent":
        ring.remove(digits[-8:])
    elif keyserver:
        ring.receive(keyserver, digits)
    else:
        ring.add(key or content())
    result["after"] = ring.keys()
    if (looked_for in result["after"]) != (state == "present"):
        what = "failed to add the key" if state == "present" else "the key was not removed"
        raise Fail(
            "apt-key did not return an error, but %s (check that the id is correct and *not* a subkey)"
            % what,
            **result,
        )
    return result


def _id_in(request: Request, key: bytes) -> str:
    """Return the identifier of the first key in a key file."""
    found = _identifiers(_look(request, stdin=key).stdout)
    if not found:
        raise Fail("Unable to extract a key from the file or inline data that was given")
    return found[0]


def _look(request: Request, paths: Sequence[str] = (), stdin: bytes | None = None) -> Completed:
    """Let gpg tell what key files hold: that takes a tenth of the time that apt-key needs for it."""
    home = tempfile.mkdtemp(prefix="opsflow-gpg-")  # gpg makes one, and should not make the user's
    argv = [
        need(request, "gpg", "gpg"),
        "--batch",
        "--with-colons",
        "--import-options",
        "show-only",
        "--import",
        *paths,
    ]
    try:
        return request.command(argv, stdin=stdin, env={"GNUPGHOME": home})
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _identifiers(colons: str) -> list[str]:
    """Return the identifiers of keys and subkeys that have not expired."""
    now = time.time()
    found: list[str] = []
    for line in colons.splitlines():
        fields = line.split(":")
        if fields[0] in ("pub", "sub") and len(fields) > 6:
            expired = fields[1] == "e" or (fields[6].isdigit() and int(fields[6]) < now)
            found += [] if expired else [fields[4]]
    return found


def _apt_key(request: Request) -> str:
    path = which(request, "apt-key")
    if not path:
        raise Fail("this host has no apt-key, as newer releases: use deb822_repository with signed_by")
    return path


class _Ring:
    """A ring of keys, through apt-key."""

    def __init__(self, request: Request, path: str | None, short: bool) -> None:
        self.request = request
        self.path = path
        self.argv = [_apt_key(request), *(["--keyring", path] if path else [])]
        self.short = short
        need(request, "gpg", "gpg")

    def _run(self, *argv: str, stdin: bytes | None = None) -> Completed:
        return self.request.command([*self.argv, *argv], stdin=stdin)

    def keys(self) -> list[str]:
        """Return the identifiers of keys and subkeys, of 16 or 8 digits."""
        parts = sorted(glob.glob(_PARTS + "/*.gpg") + glob.glob(_PARTS + "/*.asc"))
        paths = [self.path] if self.path else [_MAIN, *parts]
        there = [path for path in paths if os.path.exists(path)]
        found = _identifiers(_look(self.request, there).stdout) if there else []
        return [key[-8:] for key in found] if self.short else found

    def add(self, key: bytes) -> None:
        self._run("add", "-", stdin=key).check("Unable to add a key: apt-key add")

    def remove(self, digits: str) -> None:
        self._run("del", digits).check("Unable to remove a key with id %s: apt-key del" % digits)

    def receive(self, server: str, digits: str) -> None:
        """Get a key from a keyserver, which is often enough slow to answer. Raises Fail."""
        argv = ["adv", "--no-tty", "--keyserver", server]
        environ = self.request.environ()
        names = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy")
        proxy = next((environ[name] for name in names if environ.get(name)), None)
        if proxy:
            argv += ["--keyserver-options", "http-proxy=" + proxy]
        done = self._run(*argv, "--recv", digits)
        for _ in range(_TRIES - 1):
            if done.rc == 0:
                return
            if done.rc == 2 and "not found on keyserver" in done.stdout + done.stderr:
                raise Fail("Key %s not found on keyserver %s" % (digits, server), cmd=done.argv)
            done = self._run(*argv, "--recv", digits)
        done.check("Error fetching key %s from keyserver %s: apt-key adv" % (digits, server))
