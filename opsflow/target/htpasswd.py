"""Files of htpasswd: a user and the hash of a password on each line."""

from __future__ import annotations

import os

from opsflow.target import attributes, files, password_hash
from opsflow.target.paths import expand
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.request import Request


def run(request: Request, path: str, name: str, state: str, **want: Any) -> dict[str, Any]:
    """Bring a user's line to the password, or remove it."""
    wanted = attributes.split(want)
    named = expand(request, path)
    path = os.path.realpath(named)
    before = _read(path)
    if before is None and state == "absent":
        return {"changed": False, "msg": "%s not present" % name, "warnings": ["%s does not exist" % named]}
    if before is None and not want["create"]:
        raise Fail("Destination %s does not exist" % named)
    lines = [line for line in (before or "").splitlines() if line.strip()]
    if state == "absent":
        after, msg = _without(lines, name)
    else:
        after, msg = _with(lines, name, want)
    if before is None:
        msg = "Create %s" % named if request.check else "Created %s and added %s" % (named, name)
    if after is not None and not request.check:
        text = "".join(line + "\n" for line in after)
        files.make_directories(request, os.path.dirname(path), {})
        files.replace(request, path, [text.encode("utf-8", "surrogateescape")], wanted)
    result: dict[str, Any] = {"changed": after is not None, "msg": msg}
    if os.path.exists(path) and attributes.apply(request, path, wanted):
        note = "ownership, perms or SE linux context changed"
        result["msg"] = "%s and %s" % (msg, note) if result["changed"] else msg + note
        result["changed"] = True
    return result


def _read(path: str) -> str | None:
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            return file.read()
    except FileNotFoundError:
        return None


def _without(lines: list[str], name: str) -> tuple[list[str] | None, str]:
    """Return the lines without a user, None if there is no such user, and what to say."""
    kept = [line for line in lines if line.partition(":")[0] != name]
    if kept == lines:
        return None, "%s not present" % name
    return kept, "Remove %s" % name


def _with(lines: list[str], name: str, want: dict[str, Any]) -> tuple[list[str] | None, str]:
    """Return the lines with a user's password, None if it is there already, and what to say."""
    stored = [line.partition(":")[2] for line in lines if line.partition(":")[0] == name]
    if stored and password_hash.fits(want["password"], stored[0]):
        return None, "%s already present" % name
    new = "%s:%s" % (name, password_hash.make(want["password"], want["hash_scheme"]))
    if stored:
        return [new if line.partition(":")[0] == name else line for line in lines], "Add/update %s" % name
    return [*lines, new], "Add/update %s" % name
