"""Ansible's `known_hosts`: host keys of one name in a known_hosts file."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import re

from opsflow.target import attributes, files
from opsflow.target.paths import expand
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.request import Request

_HASHED = "|1|"


class Line:
    """A line that holds a key: a marker such as @cert-authority, the hosts, the key's kind and data."""

    def __init__(self, words: list[str]) -> None:
        self.marker = words.pop(0) if words[0].startswith("@") else ""
        self.hosts, self.kind, self.data = words[:3]
        self.rest = words[3:]

    def is_same(self, other: Line) -> bool:
        hashed = self.hosts.startswith(_HASHED) and other.hosts.startswith(_HASHED)
        mine, theirs = (self.marker, self.kind, self.data), (other.marker, other.kind, other.data)
        return mine == theirs and (hashed or self.hosts == other.hosts)

    def text(self) -> str:
        words = [self.marker, self.hosts, self.kind, self.data, *self.rest]
        return " ".join(word for word in words if word) + "\n"


def run(
    request: Request,
    name: str,
    path: str,
    key: str | None = None,
    hash_host: bool = False,
    state: str = "present",
) -> dict[str, Any]:
    """Add keys of a host, or remove them; without `key` all of them."""
    path = expand(request, path)
    host = name.lower()
    before = _lines(path)
    if key:
        after = before
        for text in [line for line in key.splitlines() if line.strip() and not line.startswith("#")]:
            wanted = _wanted(text, host)
            if state == "present":
                after = _with(after, wanted, host, _hashed(host) if hash_host else None)
            else:
                after = _without(after, wanted, host)
    else:
        after = [line for line in before if not _is_of(line, host) or line.startswith("@")]
    changed = after != before
    header = path if os.path.exists(path) else "/dev/null"
    if changed and not request.check:
        real = os.path.realpath(path)
        files.make_directories(request, os.path.dirname(real), {"mode": "0700"})
        files.replace(request, real, ["".join(after).encode("utf-8", "surrogateescape")], {})
    result: dict[str, Any] = {"name": name, "key": key, "path": path, "hash_host": hash_host, "state": state}
    if os.path.exists(path):
        result.update(attributes.info(path))
    old, new = ("".join(lines).encode("utf-8", "surrogateescape") for lines in (before, after))
    return dict(result, changed=changed, diff=files.diff(old, new, header, path))


def _lines(path: str) -> list[str]:
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            text = file.read()
    except FileNotFoundError:
        return []
    return [line + "\n" for line in text.splitlines()]


def parse(text: str) -> Line | None:
    """Return the key in a line, None where there is none."""
    words = text.split()
    if not words or words[0].startswith("#") or len(words) < (4 if words[0].startswith("@") else 3):
        return None
    return Line(words)


def _wanted(text: str, host: str) -> Line:
    line = parse(text)
    if line is None:
        raise Fail("this is not a line of a known_hosts file: %s" % text.strip()[:80])
    if not is_for(line.hosts, host):
        raise Fail("Host parameter does not match hashed host field in supplied key")
    return line


def _is_of(text: str, host: str) -> bool:
    line = parse(text)
    return line is not None and is_for(line.hosts, host)


def is_for(hosts: str, host: str) -> bool:
    """Tell whether the field of hosts of a line, perhaps hashed, means a host."""
    if hosts.startswith(_HASHED):
        salt, _, digest = hosts[len(_HASHED) :].partition("|")
        try:
            return _digest(base64.b64decode(salt), host) == base64.b64decode(digest)
        except (binascii.Error, ValueError):
            return False
    patterns = hosts.lower().split(",")
    if any(_fits(one[1:], host) for one in patterns if one.startswith("!")):
        return False
    return any(_fits(one, host) for one in patterns)


def _fits(pattern: str, host: str) -> bool:
    expression = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.match(expression + r"\Z", host) is not None


def _digest(salt: bytes, host: str) -> bytes:
    return hmac.new(salt, host.encode(), hashlib.sha1).digest()


def _hashed(host: str) -> str:
    salt = os.urandom(20)
    parts = (base64.b64encode(part).decode() for part in (salt, _digest(salt, host)))
    return _HASHED + "|".join(parts)


def _place(lines: list[str], wanted: Line, host: str) -> tuple[int | None, bool]:
    """Return where a line with this key, or another key of its kind, is, and whether it is the same."""
    for index, text in enumerate(lines):
        found = parse(text) if _is_of(text, host) else None
        if found is None:
            continue
        if found.is_same(wanted):
            return index, True
        if not found.marker and found.kind == wanted.kind:
            return index, False
    return None, False


def _with(lines: list[str], wanted: Line, host: str, hashed: str | None) -> list[str]:
    wanted.hosts = hashed or wanted.hosts
    index, same = _place(lines, wanted, host)
    if same:
        return lines
    return [line for at, line in enumerate(lines) if at != index] + [wanted.text()]


def _without(lines: list[str], wanted: Line, host: str) -> list[str]:
    index, _ = _place(lines, wanted, host)
    return [line for at, line in enumerate(lines) if at != index]
