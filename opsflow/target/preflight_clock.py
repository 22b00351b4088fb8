"""Whether a host's clock is right: against the control node's, NTP, and the dates of package lists."""

from __future__ import annotations

import ctypes
import email.utils
import os
import time

from opsflow.target import apt_cache

TYPE_CHECKING = False

_UNSYNCHRONIZED = 0x40  # STA_UNSYNC of adjtimex(2)


class _Timex(ctypes.Structure):
    """The beginning of struct timex; the kernel writes about 200 bytes."""

    _fields_ = [
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_char * 256),
    ]


def offset(control_time: float | None) -> float | None:
    """Return how many seconds this clock is ahead of the control node's, whose time came with the call."""
    return None if control_time is None else time.time() - control_time


def judge(
    ahead: float | None, limit: float, now: float | None = None, lists: str = apt_cache.LISTS
) -> tuple[bool, str]:
    """Return whether the clock is right, in words.

    Args:
        ahead: see `offset`.
        limit: seconds that the clocks may be apart.
        now: this host's time, in seconds since the epoch.
        lists: the folder of package lists, none of which can be from the future.
    """
    now = time.time() if now is None else now
    if ahead is not None and abs(ahead) > limit:
        way = "ahead of" if ahead > 0 else "behind"
        said = "the clock is %s %s the control node's (here it is %s)"
        return False, said % (duration(abs(ahead)), way, shown(now))
    name, date = _newest(lists)
    if date > now + limit:
        said = "the clock is behind: it is %s here, but the package list %s is of %s"
        return False, said % (shown(now), name, shown(date))
    known = synchronized()
    apart = "" if ahead is None else ", %.1f s from the control node's" % abs(ahead)
    if ahead is None and known is False:
        return False, "the clock is not synchronized by NTP"
    return True, "the clock is %s%s" % ("not synchronized by NTP" if known is False else "right", apart)


def synchronized() -> bool | None:
    """Tell whether the kernel knows its clock as synchronized, None where it does not say."""
    try:
        answer = _Timex()
        if ctypes.CDLL(None).adjtimex(ctypes.byref(answer)) < 0:
            return None
    except (OSError, AttributeError):
        return None
    return not answer.status & _UNSYNCHRONIZED


def _newest(folder: str) -> tuple[str, float]:
    """Return the newest of the dates that the archives' own files tell, and whose it is."""
    newest = ("", 0.0)
    for name in os.listdir(folder) if os.path.isdir(folder) else []:
        if name.endswith(("_InRelease", "_Release")):
            date = _date(os.path.join(folder, name))
            newest = max(newest, (name, date), key=lambda one: one[1])
    return newest


def _date(path: str) -> float:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            for line in file:
                if line.startswith("Date:"):
                    return email.utils.parsedate_to_datetime(line[5:].strip()).timestamp()
    except (OSError, ValueError, TypeError):
        return 0.0  # no date that could be compared
    return 0.0


def duration(seconds: float) -> str:
    """Return a duration in words of one unit."""
    for unit, size in (("days", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return "%d %s" % (seconds // size, unit)
    return "%d s" % seconds


def shown(moment: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(moment))
