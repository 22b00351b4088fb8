"""Kernel modules in a blacklist of modprobe."""

from __future__ import annotations

from opsflow.target import files
from opsflow.target.text import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.request import Request


def run(request: Request, name: str, state: str, blacklist_file: str) -> dict[str, Any]:
    """Add or remove the line of a module."""
    text = Text(request, blacklist_file)
    before = [line.rstrip() for line in (text.before or "").splitlines()]
    after = [line for line in before if line.split() != ["blacklist", name]]
    listed = after != before
    if state == "present":
        after = before if listed else [*before, "blacklist %s" % name]
    changed = after != before
    content = "".join(line + "\n" for line in after)
    if changed and not request.check:
        files.replace(request, text.path, [text.encode(content)], {})
    result: dict[str, Any] = {"changed": changed, "name": name, "state": state, "lines": after}
    result.update(filename=blacklist_file, is_blacklisted=state == "present")
    if request.diff:
        old = text.encode(text.before or "")
        result["diff"] = files.diff(old, text.encode(content), blacklist_file, blacklist_file)
    return result
