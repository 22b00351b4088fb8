"""Maintenance windows such as `Mon-Fri 22:00-04:00`: on which days, from when until when."""

from __future__ import annotations

import re
from typing import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
DAY = 24 * 60  # minutes
_FORM = re.compile(r"^(?:([A-Za-z][A-Za-z,\s-]*?)\s*)?(?:(\d{1,2}):(\d\d)\s*-\s*(\d{1,2}):(\d\d))?$")

Window = NamedTuple("Window", [("days", "frozenset[int]"), ("start", "int"), ("end", "int")])
"""The days on which it opens (0 is Monday), and its times in minutes; one that ends the next day has its
end above `DAY`."""


def parse(text: str) -> Window:
    """Return a window: `Mon-Fri 22:00-04:00`, `Sat,Sun`, `02:00-05:00`. Raises ValueError."""
    match = _FORM.match(text.strip())
    if not match or not text.strip():
        raise ValueError("'%s' is no window such as 'Mon-Fri 22:00-04:00'" % text)
    days = _days(match.group(1)) if match.group(1) else frozenset(range(7))
    if match.group(2) is None:
        return Window(days, 0, DAY)
    start, end = _minute(match.group(2), match.group(3)), _minute(match.group(4), match.group(5))
    if start in (DAY, end):
        raise ValueError("the window '%s' ends when it begins" % text)
    return Window(days, start, end if end > start else end + DAY)


def is_open(windows: Iterable[Window], weekday: int, minute: int) -> bool:
    """Tell whether one of the windows is open on a day (0 is Monday) at a minute of it."""
    return any(_left(window, weekday, minute) > 0 for window in windows)


def _left(window: Window, weekday: int, minute: int) -> int:
    """Return for how many minutes a window is open yet, 0 where it is not."""
    left = 0
    if weekday in window.days and window.start <= minute < window.end:
        left = window.end - minute
    if (weekday - 1) % 7 in window.days and minute + DAY < window.end:
        left = max(left, window.end - DAY - minute)
    return left


def next_opening(windows: Iterable[Window], weekday: int, minute: int) -> str:
    """Return when the first of the windows opens, such as `Mon 22:00`."""
    openings = [day * DAY + window.start for window in windows for day in window.days]
    waits = [(opening - weekday * DAY - minute) % (7 * DAY) for opening in openings]
    moment = (weekday * DAY + minute + min(waits)) % (7 * DAY)
    return "%s %02d:%02d" % (DAYS[moment // DAY], moment % DAY // 60, moment % 60)


def _days(text: str) -> frozenset[int]:
    found: set[int] = set()
    for part in re.split(r"[,\s]+", text.strip().rstrip(",")):
        first, _, last = part.partition("-")
        start, end = _day(first), _day(last or first)
        found.update((start + step) % 7 for step in range((end - start) % 7 + 1))
    return frozenset(found)


def _day(name: str) -> int:
    for number, day in enumerate(DAYS):
        if name[:3].lower() == day.lower():
            return number
    raise ValueError("'%s' is no day: %s" % (name, ", ".join(DAYS)))


def _minute(hour: str, minute: str) -> int:
    found = int(hour) * 60 + int(minute)
    if int(minute) > 59 or found > DAY:
        raise ValueError("%s:%s is no time of the day" % (hour, minute))
    return found
