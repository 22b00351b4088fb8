"""Variables of cron: lines such as `MAILTO=root` among its jobs."""

from __future__ import annotations

import os
import re

from opsflow.target import files
from opsflow.target.cron import Table
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.request import Request

_VARIABLE = re.compile(r"""\s*(?:(\w+)|"([^"]*)"|'([^']*)')\s*=\s*(.*?)\s*$""")


def run(request: Request, name: str, state: str, **want: Any) -> dict[str, Any]:
    """Bring a variable to its value, or remove it."""
    table = Table(request, want.get("user"), want.get("cron_file"))
    if table.path and not os.path.isdir(os.path.dirname(table.path)):
        raise Fail("the directory '%s' does not exist" % os.path.dirname(table.path))
    before = table.read()
    after = _without(before, name) if state == "absent" else _with(before, name, want)
    found = [_parse(line)[0] for line in after]
    result: dict[str, Any] = {
        "changed": after != before,
        "vars": [variable for variable in found if variable is not None],
    }
    if after != before and not request.check:
        if want["backup"]:
            result["backup_file"] = table.back_up(before)
        table.write(after)
    if request.diff:
        old, new = ("".join(line + "\n" for line in lines).encode() for lines in (before, after))
        result["diff"] = files.diff(old, new, "crontab", "crontab")
    return result


def _parse(line: str) -> tuple[str | None, str]:
    """Return the name and the value of a variable's line; no name where it is something else."""
    found = _VARIABLE.match(line)
    if not found:
        return None, ""
    return next(name for name in found.groups()[:3] if name is not None), found.group(4)


def _without(lines: list[str], name: str) -> list[str]:
    return [line for line in lines if _parse(line)[0] != name]


def _with(lines: list[str], name: str, want: dict[str, Any]) -> list[str]:
    value = want["value"] or '""'
    line = "%s=%s" % (name, value)
    old = [_parse(one)[1] for one in lines if _parse(one)[0] == name]
    if old:
        same = (want["value"], value)
        return [line if _parse(one)[0] == name and _parse(one)[1] not in same else one for one in lines]
    place = want.get("insertbefore") or want.get("insertafter")
    if not place:
        return [line, *lines]
    at = next((index for index, one in enumerate(lines) if _parse(one)[0] == place), None)
    if at is None:
        raise Fail("there is no variable '%s' to insert '%s' beside" % (place, name))
    at += not want.get("insertbefore")
    return [*lines[:at], line, *lines[at:]]
