"""Patches, by patch(1): tried first, so that nothing is half applied."""

from __future__ import annotations

import os

from opsflow.target.paths import expand
from opsflow.target.programs import need
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.request import Request


def run(request: Request, src: str | None = None, state: str = "present", **want: Any) -> dict[str, Any]:
    """Apply a patch, or undo it, unless that has been done."""
    text = request.payload
    if src is not None:
        with open(expand(request, src), "rb") as file:
            text = file.read()
    argv = [need(request, "patch", "patch"), "--quiet", "--forward", "--batch", "--reject-file=-"]
    argv += _place(request, want)
    argv += [flag for option, flag in _FLAGS if want[option]]
    forward, back = ([], ["--reverse"]) if state == "present" else (["--reverse"], [])
    if request.command([*argv, "--dry-run", *back], stdin=text).rc == 0:
        return {"changed": False}
    _done(request, [*argv, "--dry-run", *forward], text)
    if not request.check:
        backup = ["--backup", "--version-control=numbered"] if want["backup"] else []
        _done(request, [*argv, *forward, *backup], text)
    return {"changed": True}


_FLAGS = (("binary", "--binary"), ("ignore_whitespace", "--ignore-whitespace"))


def _place(request: Request, want: dict[str, Any]) -> list[str]:
    dest = expand(request, want["dest"]) if want.get("dest") else None
    base = expand(request, want["basedir"]) if want.get("basedir") else os.path.dirname(dest or "")
    if dest and not os.path.exists(os.path.join(base, dest)):
        raise Fail("dest %s does not exist" % dest)
    if base and not os.path.isdir(base):
        raise Fail("basedir %s does not exist" % base)
    place = ["--strip=%d" % want["strip"]]
    place += ["--directory=" + base] if base else []
    return [*place, dest] if dest else place


def _done(request: Request, argv: list[str], text: bytes) -> None:
    done = request.command(argv, stdin=text)
    if done.rc != 0:
        said = (done.stderr.strip() or done.stdout.strip()) or "exit code %d" % done.rc
        raise Fail("patch failed: %s" % said, rc=done.rc, stdout=done.stdout, stderr=done.stderr)
