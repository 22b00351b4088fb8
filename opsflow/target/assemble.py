"""Ansible's `assemble`: one file out of a directory of fragments that is on the host."""

from __future__ import annotations

import os

from opsflow.target import copy
from opsflow.target.paths import expand
from opsflow.target.request import Fail
from opsflow.target.text import compiled

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.request import Request


def run(
    request: Request,
    src: str,
    dest: str,
    delimiter: str | None = None,
    regexp: str | None = None,
    ignore_hidden: bool = False,
    **options: Any,
) -> dict[str, Any]:
    """Put the joined fragments in their place; `options` are those of `copy.put`."""
    source = expand(request, src)
    if not os.path.isdir(source):
        word = "is not a directory" if os.path.exists(source) else "does not exist"
        raise Fail("Source (%s) %s" % (src, word))
    matches = compiled(regexp, "regexp").search if regexp else None
    fragments: list[bytes] = []
    for name in sorted(os.listdir(source)):
        path = os.path.join(source, name)
        hidden = ignore_hidden and name.startswith(".")
        if hidden or not os.path.isfile(path) or (matches and not matches(name)):
            continue
        with open(path, "rb") as file:
            fragments.append(file.read())
    request.payload = join(fragments, delimiter)
    result = copy.put(request, dest, copy.sha1(request.payload), header=source, **options)
    return dict(result, src=source, msg="OK")


def join(fragments: list[bytes], delimiter: str | None) -> bytes:
    """Return the fragments one after another, each on a line of its own, the delimiter between them."""
    between = b""
    if delimiter:
        between = delimiter.encode().decode("unicode_escape").encode("latin-1", "replace")
        between = between if between.endswith(b"\n") else between + b"\n"
    joined = b""
    for number, fragment in enumerate(fragments):
        if joined and not joined.endswith(b"\n"):
            joined += b"\n"
        joined += between + fragment if number else fragment
    return joined
