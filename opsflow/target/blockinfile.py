"""Ansible's `blockinfile`: a block of lines between two markers."""

from __future__ import annotations

from opsflow.target.text import Text, compiled

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.request import Request


def run(
    request: Request,
    path: str,
    state: str = "present",
    block: str = "",
    marker: str = "# {mark} ANSIBLE MANAGED BLOCK",
    marker_begin: str = "BEGIN",
    marker_end: str = "END",
    insertafter: str | None = None,
    insertbefore: str | None = None,
    create: bool = False,
    backup: bool = False,
    validation: str | None = None,
    append_newline: bool = False,
    prepend_newline: bool = False,
    encoding: str = "utf-8",
    **wanted: Any,
) -> dict[str, Any]:
    """Make sure that a block is in a file between its markers, or that it is not."""
    text = Text(request, path, encoding)
    lines = text.lines(create)
    begin, end = (marker.replace("{mark}", word).rstrip("\r\n") for word in (marker_begin, marker_end))
    where = _take_out(lines, begin, end)
    new: list[str] = []
    if state == "present" and block:
        new = [
            line + "\n" for line in [begin, *(block[:-1] if block.endswith("\n") else block).split("\n"), end]
        ]
        if where is None:
            where = _place(lines, insertafter, insertbefore)
    if new and where is not None:
        if prepend_newline and where and lines[where - 1].rstrip("\r\n"):
            new.insert(0, "\n")
        if append_newline and where < len(lines) and lines[where].rstrip("\r\n"):
            new.append("\n")
        if where and not lines[where - 1].endswith("\n"):
            lines[where - 1] += "\n"
        lines[where:where] = new
    created = "File created" if text.before is None else None
    msg = created or ("Block inserted" if new else "Block removed")
    result = text.finish("".join(lines), msg, wanted, backup, validation)
    return dict(result, backup_file=text.backup) if text.backup else result


def _take_out(lines: list[str], begin: str, end: str) -> int | None:
    """Remove the block with its markers; return where it was, None when there is none."""
    first = last = None
    for index, line in enumerate(lines):
        if line.rstrip("\r\n") == begin:
            first = index
        if line.rstrip("\r\n") == end:
            last = index
    if first is None or last is None:
        return None
    first, last = min(first, last), max(first, last)
    del lines[first : last + 1]
    return first


def _place(lines: list[str], after: str | None, before: str | None) -> int:
    """Return where a new block goes: by the last line that matches, else at the end."""
    if before == "BOF":
        return 0
    pattern, shift = (after, 1) if after else (before, 0)
    if not pattern or pattern == "EOF":
        return len(lines)
    search = compiled(pattern, "insertafter" if after else "insertbefore").search
    found = [index for index, line in enumerate(lines) if search(line)]
    return found[-1] + shift if found else len(lines)
