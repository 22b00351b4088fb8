"""Values in MySQL: what rows hold as values of JSON, values and names in statements."""

from __future__ import annotations

import json
import re

from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.mysql_wire import Column

_WHOLE = (1, 2, 3, 8, 9, 13)  # the numbers of types: TINY, SHORT, LONG, LONGLONG, INT24, YEAR
_BROKEN = (0, 4, 5, 246)  # DECIMAL, FLOAT, DOUBLE, NEWDECIMAL
_TIMESTAMPS = (7, 12)
_ESCAPES = {
    "\0": "\\0", "\n": "\\n", "\r": "\\r", "\032": "\\Z", '"': '\\"', "'": "\\'", "\\": "\\\\",
}  # fmt: skip


def value(data: bytes | None, column: Column) -> Any:
    """Return what a text from the server means, as a value of JSON."""
    if data is None:
        return None
    text = data.decode("utf-8", "surrogateescape")
    if column.kind in _WHOLE:
        return int(text)
    if column.kind in _BROKEN:
        return float(text)
    if column.kind in _TIMESTAMPS:
        return re.sub(r"^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.(\d+))?$", _moment, text)
    return text


def _moment(found: re.Match[str]) -> str:
    part = found.group(3)
    return "%sT%s%s" % (found.group(1), found.group(2), ".%s" % part.ljust(6, "0") if part else "")


def identifier(name: str) -> str:
    """Return a name in quotes, whatever is in it."""
    if "\0" in name or not name:
        raise Fail("this is not a name of the database: %r" % name)
    return "`%s`" % name.replace("`", "``")


def literal(given: Any, escapes: bool = True) -> str:
    """Return a value as a literal.

    Args:
        given: a value of JSON; lists stand in brackets, mappings are text in JSON.
        escapes: backslashes mean something in literals of this session.
    """
    if given is None:
        return "NULL"
    if isinstance(given, (bool, int)):
        return str(int(given))
    if isinstance(given, float):
        text = repr(given)
        return text if "e" in text else text + "e0"
    if isinstance(given, list):
        return "(%s)" % ",".join(literal(one, escapes) for one in given)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    text = given if isinstance(given, str) else json.dumps(given)
    if escapes:
        return "'%s'" % "".join(_ESCAPES.get(letter, letter) for letter in text)
    return "'%s'" % text.replace("'", "''")
