"""SSH keys that may log in as a user."""

from __future__ import annotations

import os
import urllib.error
import urllib.request

from opsflow.target import attributes, files
from opsflow.target.accounts import find_group, find_user
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    import pwd
    from typing import Any

    from opsflow.target.request import Request

_KINDS = ("ssh-", "ecdsa-", "sk-")


class Key:
    """A line of an authorized_keys file that holds a key."""

    def __init__(self, options: str, kind: str, data: str, comment: str) -> None:
        self.options = options
        self.kind = kind
        self.data = data
        self.comment = comment

    @property
    def identity(self) -> tuple[str, str]:
        return self.kind, self.data

    def line(self) -> str:
        return " ".join(part for part in (self.options, self.kind, self.data, self.comment) if part)


def run(
    request: Request,
    user: str,
    key: str,
    state: str = "present",
    path: str | None = None,
    key_options: str | None = None,
    comment: str | None = None,
    exclusive: bool = False,
    manage_dir: bool = True,
    follow: bool = False,
) -> dict[str, Any]:
    """Add keys to a user's authorized_keys, or remove them; `exclusive` leaves no others."""
    wanted = [_wanted(line, key_options, comment) for line in _given(key).splitlines() if _is_content(line)]
    entry = find_user(user)
    if entry is None and not (request.check and path):
        if request.check:
            return {"changed": True, "warnings": ["user %s does not exist yet" % user]}
        raise Fail("there is no user %s" % user)
    place = path or os.path.join(entry.pw_dir if entry else "", ".ssh", "authorized_keys")
    place = os.path.realpath(place) if follow else place
    before = _lines(place)
    after = _edited(before, wanted, state, exclusive)
    changed = after != before
    if changed and not request.check:
        _write(request, place, after, entry, manage_dir)
    result: dict[str, Any] = {"changed": changed, "user": user, "key": key, "state": state, "path": path}
    result.update(keyfile=place, exclusive=exclusive, manage_dir=manage_dir, key_options=key_options)
    result.update(comment=comment, follow=follow)
    if path and os.path.exists(path):
        result.update(attributes.info(path))
    if changed and request.diff:
        old, new = ("".join(line + "\n" for line in lines).encode() for lines in (before, after))
        result["diff"] = files.diff(old, new, place, place)
    return result


def _given(key: str) -> str:
    """Return the keys, which may have been given as the address of a file of them."""
    if not key.startswith(("http://", "https://", "file://")):
        return key
    try:
        with urllib.request.urlopen(key, timeout=10) as answer:  # noqa: S310
            return answer.read().decode("utf-8", "replace")
    except (urllib.error.URLError, OSError, ValueError) as error:
        raise Fail("cannot fetch the keys from %s: %s" % (key, getattr(error, "reason", error))) from error


def _is_content(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _wanted(line: str, options: str | None, comment: str | None) -> Key:
    key = parse(line)
    if key is None:
        raise Fail("this is not an SSH public key: %s" % line.strip()[:60])
    if options is not None:
        key.options = options
    if comment is not None:
        key.comment = comment
    return key


def parse(line: str) -> Key | None:
    """Return the key in a line; None where there is none. Options may hold quoted blanks."""
    fields = _fields(line)
    at = next((index for index, field in enumerate(fields[:2]) if field.startswith(_KINDS)), None)
    if at is None or len(fields) < at + 2:
        return None
    options = fields[0] if at else ""
    return Key(options, fields[at], fields[at + 1], " ".join(fields[at + 2 :]))


def _fields(line: str) -> list[str]:
    fields = [""]
    quoted = False
    for before, char in zip(" " + line.strip(), line.strip()):
        if char == '"' and before != "\\":
            quoted = not quoted
        if char in " \t" and not quoted:
            fields.append("")
        else:
            fields[-1] += char
    return [field for field in fields if field]


def _lines(path: str) -> list[str]:
    try:
        with open(path, errors="surrogateescape") as file:
            return file.read().splitlines()
    except FileNotFoundError:
        return []


def _edited(lines: list[str], wanted: list[Key], state: str, exclusive: bool) -> list[str]:
    """Return the lines as they should be; those that are right stay as they are written."""
    keys = {key.identity: key for key in wanted}
    edited: list[str] = []
    for line in lines:
        found = parse(line) if _is_content(line) else None
        if found is None:
            edited.append(line)
        elif found.identity in keys:
            if state == "present":
                key = keys.pop(found.identity)
                edited.append(line if found.line() == key.line() else key.line())
        elif not exclusive or state == "absent":
            edited.append(line)
    if state == "present":
        edited += [key.line() for key in keys.values()]
    return edited


def _write(
    request: Request, path: str, lines: list[str], entry: pwd.struct_passwd | None, manage_dir: bool
) -> None:
    assert entry is not None, "only check mode goes without a user"
    group = find_group(str(entry.pw_gid))
    owner = {"owner": entry.pw_name, "group": group.gr_name if group else entry.pw_gid}
    if manage_dir:
        files.make_directories(request, os.path.dirname(path), dict(owner, mode="0700"))
    text = "".join(line + "\n" for line in lines).encode("utf-8", "surrogateescape")
    files.replace(request, path, [text], dict(owner, mode="0600"))
