"""The time zone of a host, and whether its hardware clock is in it."""

from __future__ import annotations

import binascii
import os

from opsflow.target import files
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.request import Request

_ZONES = "/usr/share/zoneinfo"
_LINK = "/etc/localtime"
_ADJTIME = "/etc/adjtime"


def run(request: Request, name: str | None = None, hwclock: str | None = None) -> dict[str, Any]:
    """Set the zone, and what the hardware clock shows, where they differ."""
    before = {"name": _zone(), "hwclock": _clock()}
    after = {"name": name or before["name"], "hwclock": hwclock or before["hwclock"]}
    if name and not os.path.isfile(os.path.join(_ZONES, name)):
        raise Fail("there is no time zone '%s' on this host (package tzdata)" % name)
    if not request.check:
        if after["name"] != before["name"]:
            _set_zone(request, after["name"])
        if after["hwclock"] != before["hwclock"]:
            _set_clock(request, after["hwclock"])
    result: dict[str, Any] = {"changed": before != after}
    if request.diff:
        result["diff"] = {"before": before, "after": after}
    return result


def _zone() -> str:
    target = os.path.realpath(_LINK)
    return target[len(_ZONES) + 1 :] if target.startswith(_ZONES + "/") else "n/a"


def _set_zone(request: Request, name: str) -> None:
    temporary = "%s.opsflow-%s" % (_LINK, binascii.hexlify(os.urandom(6)).decode())
    os.symlink(os.path.join(_ZONES, name), temporary)
    os.rename(temporary, _LINK)
    files.replace(request, "/etc/timezone", [name.encode() + b"\n"], {"mode": "0644"})


def _adjtime() -> list[str]:
    try:
        with open(_ADJTIME) as file:
            return file.read().splitlines()
    except OSError:
        return []


def _clock() -> str:
    return "local" if "LOCAL" in _adjtime()[2:3] else "UTC"


def _set_clock(request: Request, clock: str) -> None:
    lines = _adjtime()[:2] or ["0.0 0 0.0", "0"]
    text = "\n".join([*lines, clock.upper()]) + "\n"
    files.replace(request, _ADJTIME, [text.encode()], {"mode": "0644"})
