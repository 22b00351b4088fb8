"""Ansible's `lineinfile`: one line of a file."""

from __future__ import annotations

from opsflow.target.request import Fail
from opsflow.target.text import Text, compiled

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from collections.abc import Callable
    from typing import Any

    from opsflow.target.request import Request

    Match = Callable[[str], Any]


def run(
    request: Request,
    path: str,
    state: str = "present",
    line: str | None = None,
    regexp: str | None = None,
    search_string: str | None = None,
    insertafter: str | None = None,
    insertbefore: str | None = None,
    firstmatch: bool = False,
    backrefs: bool = False,
    create: bool = False,
    backup: bool = False,
    validation: str | None = None,
    encoding: str = "utf-8",
    **wanted: Any,
) -> dict[str, Any]:
    """Make sure that a line is in a file, or that none like it is."""
    text = Text(request, path, encoding)
    match = _matcher(regexp, search_string)
    if state == "absent":
        if text.before is None:
            return {"changed": False, "msg": "file not present"}
        lines = text.lines(create=False)
        kept = [one for one in lines if not (match or _same(line or ""))(one)]
        found = len(lines) - len(kept)
        result = text.finish("".join(kept), "%d line(s) removed" % found, wanted, backup, validation)
        return dict(result, found=found, backup=text.backup or "")
    lines = text.lines(create, "Destination")
    where = _find(lines, match, firstmatch) if match else None
    msg = "line added"
    if where is not None:
        new = _expanded(lines[where], line or "", regexp) if backrefs else line or ""
        msg = "line replaced"
        lines[where] = _ended(new)
    elif not backrefs:
        where = _find(lines, _same(line or ""), False)
        if where is None:
            _insert(lines, line or "", insertafter, insertbefore, firstmatch)
        else:
            msg = "line replaced"
            lines[where] = _ended(line or "")  # it may lack the end of line
    result = text.finish("".join(lines), msg, wanted, backup, validation)
    return dict(result, backup=text.backup or "")


def _matcher(regexp: str | None, search_string: str | None) -> Match | None:
    if regexp is not None:
        return compiled(regexp, "regexp").search
    if search_string is not None:
        wanted: str = search_string
        return lambda line: wanted in line
    return None


def _same(line: str) -> Match:
    return lambda other: other.rstrip("\r\n") == line


def _find(lines: list[str], match: Match, first: bool) -> int | None:
    """Return the index of the last line that matches, or of the first."""
    found = None
    for index, one in enumerate(lines):
        if match(one):
            found = index
            if first:
                break
    return found


def _expanded(old: str, line: str, regexp: str | None) -> str:
    found: re.Match[str] | None = compiled(regexp or "", "regexp").search(old)
    assert found is not None
    try:
        return found.expand(line)
    except Exception as error:  # re.error, or IndexError for a group that is none
        raise Fail("line does not fit the groups of regexp: %s" % error) from None


def _ended(line: str) -> str:
    return line if line.endswith("\n") else line + "\n"


def _insert(lines: list[str], line: str, after: str | None, before: str | None, first: bool) -> None:
    if before == "BOF":
        lines.insert(0, _ended(line))
        return
    where = None
    if after and after != "EOF":
        where = _find(lines, compiled(after, "insertafter").search, first)
    elif before:
        where = _find(lines, compiled(before, "insertbefore").search, first)
    if where is None or (after and where == len(lines) - 1):
        if lines:
            lines[-1] = _ended(lines[-1])
        lines.append(_ended(line))
    else:
        lines.insert(where + 1 if after else where, _ended(line))
