"""Configuration files that an administrator changed: what dpkg and ucf will do about them."""

from __future__ import annotations

import hashlib
import os
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from opsflow.target.dpkg_status import Status

UCF = "/var/lib/ucf"

_FIELD = re.compile(rb"^Conffiles:\n(?: .*\n?)+", re.M)
_ENTRY = re.compile(r"^ (\S.*) ([0-9a-f]{32})$", re.M)
_FLAGGED = re.compile(r"^ (\S.*) ([0-9a-f]{32}) (?:obsolete|remove-on-upgrade)$", re.M)

_WHY = {
    ("keep", True): "changed on this host: it stays, a newer one of the package is laid beside it",
    ("new", True): "changed on this host: a newer one of the package replaces it, yours is laid beside it",
    ("keep", False): "deleted on this host: it stays away",
    ("new", False): "deleted on this host: a newer one of the package brings it back",
    ("purge", True): "changed on this host: it is deleted with its package",
}


def at_risk(
    status: Status, replaced: Sequence[str], purged: Sequence[str], conffiles: str = "keep"
) -> list[dict[str, str]]:
    """Return the configuration files of changing packages that are not as their packages left them.

    Whether the newer package brings another version of such a file is known only when it has been fetched:
    where it does not, dpkg leaves the file alone.

    Args:
        status: dpkg's database.
        replaced: the packages that are upgraded.
        purged: the packages that are removed with their configuration.
        conffiles: `keep` or `new`, as for `upgrade.run`.

    Returns:
        One {path, package, why} for each.
    """
    found: list[dict[str, str]] = []
    for names, policy in ((replaced, conffiles), (purged, "purge")):
        for name in names:
            for path, digest in recorded(status, name):
                why = _why(path, digest, policy)
                if why:
                    found.append({"path": path, "package": name, "why": why})
    return sorted(found, key=lambda one: one["path"])


def _why(path: str, digest: str, policy: str) -> str | None:
    try:
        with open(path, "rb") as file:
            same = hashlib.md5(file.read()).hexdigest() == digest  # noqa: S324 - what dpkg records
    except OSError:
        return _WHY.get((policy, os.path.lexists(path)))
    return None if same else _WHY[policy, True]


def recorded(status: Status, name: str) -> Iterator[tuple[str, str]]:
    """Yield the configuration files of a package, and the MD5 sums of what the package brought."""
    yield from listed(status.stanza(name))
    yield from _of_ucf(name.partition(":")[0])


def listed(stanza: bytes) -> list[tuple[str, str]]:
    """Return those that dpkg itself looks after, by its database's record of the package."""
    return _ENTRY.findall(field(stanza).decode("utf-8", "surrogateescape"))


def obsolete(stanza: bytes) -> list[tuple[str, str]]:
    """Return those that an earlier version shipped and that dpkg has left on the host."""
    return _FLAGGED.findall(field(stanza).decode("utf-8", "surrogateescape"))


def field(stanza: bytes) -> bytes:
    """Return the field Conffiles of a record as it stands there; nothing where there is none."""
    found = _FIELD.search(stanza)
    return found.group(0) if found else b""


def with_field(stanza: bytes, own: bytes) -> bytes:
    """Return a record with another field Conffiles."""
    own = own.rstrip(b"\n") + b"\n" if own else b""
    found = _FIELD.search(stanza)
    if found is None:  # before the description, as dpkg does
        start = end = stanza.find(b"\nDescription:") + 1 or len(stanza)
    else:
        start, end = found.span()
    return stanza[:start] + own + stanza[end:]


def _of_ucf(name: str) -> Iterator[tuple[str, str]]:
    """Yield the files that a package's scripts hand to ucf, as with many below /etc/default."""
    paths = [line.split(None, 1)[1] for line in _lines("registry") if line.split(None, 1)[0] == name]
    digests = {path: digest for digest, path in (line.split(None, 1) for line in _lines("hashfile"))}
    for path in paths:
        if path in digests:
            yield path, digests[path]


def _lines(name: str) -> list[str]:
    try:
        with open(os.path.join(UCF, name), encoding="utf-8", errors="surrogateescape") as file:
            return [line.rstrip("\n") for line in file if len(line.split(None, 1)) == 2]
    except OSError:
        return []
