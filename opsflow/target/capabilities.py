"""Capabilities of files, by getcap and setcap."""

from __future__ import annotations

import re

from opsflow.target.programs import need
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.request import Request

    Capability = tuple[str, str, str]  # name, operator, flags


def run(request: Request, path: str, capability: str, state: str) -> dict[str, Any]:
    """Set or remove a capability, leaving the others as they are."""
    path = path.strip()
    wanted = _parse(capability.strip().lower())
    current = _current(request, path)
    others = [one for one in current if one[0] != wanted[0]]
    if state == "present":
        if any(_same(one, wanted) for one in current):
            return {"changed": False, "state": state}
        new = [*others, wanted]
    else:
        if others == current:
            return {"changed": False, "state": state}
        new = others
    result: dict[str, Any] = {"changed": True, "msg": "capabilities changed"}
    if not request.check:
        setcap = need(request, "setcap", "libcap2-bin")
        argv = [setcap, " ".join("".join(one) for one in new) or "=", path]
        result.update(state=state, stdout=request.command(argv).check("setcap").stdout)
    return result


def _same(one: Capability, other: Capability) -> bool:
    """`+ep` on a file that lacks the capability is what getcap shows as `=ep`."""
    signs = [sign.replace("+", "=") for sign in (one[1], other[1])]
    return one[0] == other[0] and signs[0] == signs[1] and sorted(one[2]) == sorted(other[2])


def _parse(text: str) -> Capability:
    name, sign, flags = re.match(r"([^-+=]*)([-+=]?)(.*)$", text).groups()  # type: ignore[union-attr]
    return name, sign, flags


def _current(request: Request, path: str) -> list[Capability]:
    """Return a file's capabilities, of which getcap prints those with the same flags as one."""
    done = request.command([need(request, "getcap", "libcap2-bin"), "-v", path])
    shown = done.stdout.strip()
    if done.rc != 0 or done.stderr or shown.endswith(")"):
        raise Fail("cannot read the capabilities of %s: %s" % (path, done.stderr.strip() or shown))
    found: list[Capability] = []
    # `path cap_a,cap_b=ep`; before libcap 2.41 `path = cap_a,cap_b+ep`
    for words in shown[len(path) :].strip().split():
        if words == "=":
            continue
        last = _parse(words.lower().rpartition(",")[2])
        found += [(name, last[1], last[2]) for name in words.lower().split(",")[:-1]]
        found.append(last)
    return found
