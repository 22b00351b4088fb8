"""Targets of makefiles, made by make where they are not up to date."""

from __future__ import annotations

from opsflow.target.paths import expand
from opsflow.target.programs import need, which

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.request import Request


def run(request: Request, chdir: str, words: list[str], make: str | None = None) -> dict[str, Any]:
    """Ask make whether there is something to do, and if so let it do it; its lines are told as they come."""
    program = expand(request, make) if make else which(request, "gmake") or need(request, "make", "make")
    place = expand(request, chdir)
    done = request.command([program, *words, "-q"], cwd=place)
    changed = done.rc != 0
    if changed and not request.check:

        def tell(stream: str, line: str) -> None:
            request.event("output", stream=stream, line=line)

        done = request.command([program, *words], cwd=place, on_line=tell).check("make")
    said = {"stdout": done.stdout.rstrip("\r\n"), "stderr": done.stderr.rstrip("\r\n")}
    return dict(said, changed=changed, program=program)
