"""Jobs of at(1), known by the text that they run."""

from __future__ import annotations

from opsflow.target.paths import expand
from opsflow.target.programs import need

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.request import Request


def run(
    request: Request,
    state: str,
    unique: bool,
    command: str | None = None,
    script_file: str | None = None,
    count: int = 0,
    units: str = "",
) -> dict[str, Any]:
    """Queue a job, or remove those that hold its text."""
    at = need(request, "at", "at")
    result: dict[str, Any] = {"changed": False, "state": state}
    text = _text(request, command, script_file)
    jobs = _matching(request, at, text) if unique or state == "absent" else []
    if state == "present":
        if jobs:
            return result
        result.update(changed=True, count=count, units=units)
        if not request.check:
            when = ["now", "+", str(count), units]
            request.command([at, *when], stdin=text.encode("utf-8", "surrogateescape")).check("at")
    elif jobs:
        result.update(changed=True, job=jobs[-1])
        if not request.check:
            request.command([need(request, "atrm", "at"), *jobs]).check("atrm")
    if script_file and result["changed"]:
        result["script_file"] = script_file
    return result


def _text(request: Request, command: str | None, script_file: str | None) -> str:
    if command is not None:
        return command
    with open(expand(request, script_file or ""), encoding="utf-8", errors="surrogateescape") as file:
        return file.read()


def _matching(request: Request, at: str, text: str) -> list[str]:
    """Return the numbers of the jobs that hold a text."""
    listed = request.command([need(request, "atq", "at")]).check("atq").stdout
    numbers = [line.split()[0] for line in listed.splitlines() if line.strip()]
    return [number for number in numbers if text in request.command([at, "-c", number]).stdout]
