"""Limits in a file such as /etc/security/limits.conf."""

from __future__ import annotations

import os

from opsflow.target import files
from opsflow.target.request import Fail
from opsflow.target.text import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.request import Request

_NO_LIMIT = ("unlimited", "infinity", "-1")


def run(request: Request, dest: str, **want: Any) -> dict[str, Any]:
    """Bring the line of a limit to its value, or add it."""
    text = Text(request, dest)
    before = text.before or ""
    lines = before.splitlines(True)
    found, msg = False, ""
    for index, line in enumerate(lines):
        fields, comment = _parse(line)
        if fields[:3] != [want["domain"], want["limit_type"], want["limit_item"]] or len(fields) != 4:
            continue
        found = True
        value = _value(want, fields[3])
        if value != fields[3]:
            lines[index] = _line(want, value, want["comment"] or comment)
        msg = lines[index]
    if not found:
        if lines and not lines[-1].endswith("\n"):
            lines[-1] += "\n"
        msg = _line(want, want["value"], want["comment"])
        lines.append(msg)
    after = "".join(lines)
    result: dict[str, Any] = {"changed": after != before, "msg": msg}
    if after != before and not request.check:
        if not os.path.isdir(os.path.dirname(text.path)):
            raise Fail("the directory '%s' does not exist" % os.path.dirname(text.path))
        written = files.replace(request, text.path, [text.encode(after)], {}, want["backup"])
        if written.backup:
            result["backup_file"] = written.backup
    if request.diff:
        result["diff"] = files.diff(text.encode(before), text.encode(after), dest, dest)
    return result


def _parse(line: str) -> tuple[list[str], str]:
    if line.startswith("#"):
        return [], ""
    limit, _, comment = line.rstrip("\n").partition("#")
    return limit.split(), comment


def _line(want: dict[str, Any], value: str, comment: str) -> str:
    line = "\t".join([want["domain"], want["limit_type"], want["limit_item"], value])
    return "%s\t#%s\n" % (line, comment) if comment else line + "\n"


def _value(want: dict[str, Any], old: str) -> str:
    """Return the value that a limit gets which has the value `old`."""
    new: str = want["value"]
    if old == new or not (want["use_max"] or want["use_min"]):
        return new
    finite = want["limit_item"] in ("nice", "priority")  # there -1 is a number
    try:
        ranks = [float("inf") if not finite and one in _NO_LIMIT else int(one) for one in (old, new)]
    except ValueError:
        return new
    keep = ranks[0] >= ranks[1] if want["use_max"] else ranks[0] <= ranks[1]
    return old if keep else new
