"""Values in PostgreSQL: what rows hold as values of JSON, and values as literals in a query."""

from __future__ import annotations

import json
import re

from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_TIMES = re.compile(r"(\d{4,}-\d\d-\d\d)(?:[ T](\d\d:\d\d:\d\d)(?:\.(\d+))?([+-]\d\d)?(:\d\d)?(:\d\d)?)?$")
_INTERVAL = re.compile(r"(?:(-?\d+) years? ?)?(?:(-?\d+) mons? ?)?(?:(-?\d+) days? ?)?"
                       r"(?:(-?)(\d+):(\d\d):(\d\d(?:\.\d+)?))?$")  # fmt: skip


def _time(text: str) -> str:
    """Return a date, with a time or not, as ISO 8601 writes it; what no calendar has stays as it is."""
    found = _TIMES.match(text)
    if not found or found.group(2) is None:
        return text
    date, clock, part, zone, minutes, seconds = found.groups()
    text = "%sT%s" % (date, clock) + (".%s" % part.ljust(6, "0") if part else "")
    return text + (zone + (minutes or ":00") + (seconds or "") if zone else "")


def _interval(text: str) -> str:
    """Return an interval as days and hours, a month being 30 days and a year 365."""
    found = _INTERVAL.match(text)
    if not found:
        return text
    years, months, days = (int(number or 0) for number in found.groups()[:3])
    sign, hours, minutes, seconds = found.groups()[3:]
    whole = years * 365 + months * 30 + days
    clock = int(hours or 0) * 3600 + int(minutes or 0) * 60 + float(seconds or 0)
    micro = round((-clock if sign else clock) * 1000000) + whole * 86400 * 1000000
    whole, micro = divmod(micro, 86400 * 1000000)
    total, micro = divmod(micro, 1000000)
    text = "%d:%02d:%02d" % (total // 3600, total // 60 % 60, total % 60) + (".%06d" % micro if micro else "")
    return "%d day%s, %s" % (whole, "" if abs(whole) == 1 else "s", text) if whole else text


def _number(text: str) -> float | str:
    """Return a number; text for those that JSON does not know."""
    return text if text in ("NaN", "Infinity", "-Infinity") else float(text)


def _true(text: str) -> bool:
    return text == "t"


_BY_TYPE: dict[int, Callable[[str], Any]] = {
    16: _true, 20: int, 21: int, 23: int, 26: int, 700: _number, 701: _number, 1700: _number,
    114: json.loads, 3802: json.loads, 1114: _time, 1184: _time, 1186: _interval,
}  # fmt: skip
_ARRAYS = {
    1000: 16, 1016: 20, 1005: 21, 1007: 23, 1028: 26, 1021: 700, 1022: 701, 1231: 1700, 199: 114, 3807: 3802,
    1115: 1114, 1185: 1184, 1187: 1186, 1009: 25, 1015: 25, 1014: 25, 1002: 25, 1003: 25, 1182: 25, 1183: 25,
    1001: 25, 2951: 25, 1041: 25, 651: 25,
}  # fmt: skip


def value(text: str | None, oid: int) -> Any:
    """Return what a text from the server means, as a value of JSON.

    Args:
        text: the server's; None is NULL.
        oid: the number of its type.
    """
    if text is None:
        return None
    if oid in _ARRAYS:
        return _Array(text, _ARRAYS[oid]).items()
    return _BY_TYPE.get(oid, str)(text)


class _Array:
    """The text of an array, such as `{1,NULL,"a b",{…}}`."""

    def __init__(self, text: str, oid: int) -> None:
        self.text = text
        self.at = text.index("{")  # bounds may stand before it
        self.oid = oid

    def items(self) -> list[Any]:
        found: list[Any] = []
        self.at += 1
        while self.text[self.at] != "}":
            found.append(self._item())
            self.at += self.text[self.at] == ","
        self.at += 1
        return found

    def _item(self) -> Any:
        if self.text[self.at] == "{":
            return self.items()
        if self.text[self.at] == '"':
            return value(self._quoted(), self.oid)
        word = re.compile("[^,}]*").match(self.text, self.at)
        assert word
        self.at = word.end()
        return None if word.group() == "NULL" else value(word.group(), self.oid)

    def _quoted(self) -> str:
        found = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL).match(self.text, self.at)
        assert found
        self.at = found.end()
        return re.sub(r"\\(.)", r"\1", found.group(1), flags=re.DOTALL)


def identifier(name: str) -> str:
    """Return a name in quotes, whatever is in it."""
    if "\0" in name:
        raise Fail("a name of the database has a zero byte: %r" % name)
    return '"%s"' % name.replace('"', '""')


def literal(given: Any, escapes: bool = False) -> str:
    """Return a value as a literal.

    Args:
        given: a value of JSON; mappings are literals of JSON, lists those of arrays.
        escapes: backslashes in plain literals mean something on this server.
    """
    if given is None:
        return "NULL"
    if isinstance(given, bool):
        return "true" if given else "false"
    if isinstance(given, (int, float)):
        return " %r" % given if given < 0 else repr(given)
    text: Any = array(given) if isinstance(given, list) else given  # pyright: ignore[reportUnknownArgumentType]
    text = text if isinstance(text, str) else json.dumps(text)
    if "\0" in text:
        raise Fail("PostgreSQL has no texts with a zero byte")
    if escapes and "\\" in text:
        text = text.replace("\\", "\\\\")
        return "E'%s'" % text.replace("'", "''")
    return "'%s'" % text.replace("'", "''")


def array(given: list[Any]) -> str:
    """Return the text of an array."""
    return "{%s}" % ", ".join(_element(item) for item in given)


def _element(item: Any) -> str:
    if isinstance(item, list):
        return array(item)  # pyright: ignore[reportUnknownArgumentType]
    if item is None:
        return "NULL"
    if isinstance(item, (bool, int, float)):
        return str(item)
    text = item if isinstance(item, str) else json.dumps(item)
    return '"%s"' % text.replace("\\", "\\\\").replace('"', '\\"')
