"""Filters of the collection community.general on CSV, INI, JMESPath and durations."""

from __future__ import annotations

import configparser
import csv
import io
import math
import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from opsflow.core.jsonable import jsonable
from opsflow.templating.kinds import is_mapping, type_name

COLLECTION = "community.general"


def json_query(data: Any, expression: str) -> Any:
    """Return what a JMESPath expression finds in data."""
    import jmespath
    import jmespath.exceptions

    try:
        return jmespath.search(str(expression), jsonable(data))
    except jmespath.exceptions.JMESPathError as error:
        raise ValueError(" ".join(str(error).split())) from error


def from_csv(
    text: str,
    dialect: str = "excel",
    fieldnames: list[str] | None = None,
    delimiter: str | None = None,
    skipinitialspace: bool | None = None,
    strict: bool | None = None,
) -> list[dict[str, Any]]:
    """Return the lines of a CSV text as mappings.

    Args:
        text: the table.
        dialect: excel, excel-tab or unix.
        fieldnames: the names of the columns, if the first line does not have them.
        delimiter: instead of the dialect's.
        skipinitialspace: whether blanks behind a delimiter are left out.
        strict: whether bad input is an error.
    """
    given = {"delimiter": delimiter, "skipinitialspace": skipinitialspace, "strict": strict}
    options: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    if dialect not in csv.list_dialects():
        raise ValueError(f"there is no dialect '{dialect}'; there are {', '.join(csv.list_dialects())}")
    try:
        return list(csv.DictReader(io.StringIO(str(text)), fieldnames=fieldnames, dialect=dialect, **options))
    except csv.Error as error:
        raise ValueError(str(error)) from error


def from_ini(text: Any) -> dict[str, dict[str, str]]:
    """Return the sections of an INI text as mappings."""
    if not isinstance(text, str):
        raise TypeError(f"needs text, not {type_name(text)}")
    parser = _parser()
    try:
        parser.read_string(text)
    except configparser.Error as error:
        raise ValueError(" ".join(str(error).split())) from error
    found = {name: dict(parser.items(name)) for name in parser.sections()}
    return {**found, "DEFAULT": dict(parser.defaults())} if parser.defaults() else found


def to_ini(sections: Any) -> str:
    """Return a mapping of sections as INI text."""
    if not is_mapping(sections):
        raise TypeError(f"needs a mapping, not {type_name(sections)}")
    if not sections:
        raise ValueError("an empty mapping is no INI text")
    parser = _parser()
    try:
        parser.read_dict(sections)
    except (configparser.Error, AttributeError) as error:
        raise ValueError(f"needs a mapping of mappings: {error}") from error
    written = io.StringIO()
    parser.write(written)
    return written.getvalue()[:-1]


def _parser() -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str  # pyright: ignore[reportAttributeAccessIssue] names keep their case
    return parser


_LONG = {
    "millisecond": "ms", "msec": "ms", "msecond": "ms", "sec": "s", "second": "s", "hour": "h", "min": "m",
    "minute": "m", "day": "d", "week": "w", "month": "mo", "year": "y",
}  # fmt: skip
_MILLISECONDS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 7 * 86_400_000}


def to_time_unit(duration: Any, unit: str = "ms", year: float = 365, month: float = 30) -> float:
    """Return a duration such as "1h 30m" as a number.

    Args:
        duration: numbers with units, from ms to y.
        unit: that of the result.
        year: how many days it has.
        month: how many days it has.
    """
    if str(duration) == "0":
        return 0
    day = _MILLISECONDS["d"]
    table = {**_MILLISECONDS, "mo": month * day, "y": year * day}
    wanted = _short(unit)
    if wanted not in table:
        raise ValueError(f"there is no unit '{unit}'; there are {', '.join([*_LONG, *table])}")
    total = math.fsum(_milliseconds(word, table, str(duration)) for word in str(duration).split())
    return round(total / table[wanted], 12)


def _milliseconds(word: str, table: Mapping[str, float], duration: str) -> float:
    match = re.match(r"(-?\d+)(\w+)", word)
    if not match or _short(match[2]) not in table:
        raise ValueError(f"'{duration}' is no duration such as 1h 30m")
    return int(match[1]) * table[_short(match[2])]


def _short(unit: str) -> str:
    return _LONG.get(unit.rstrip("s"), unit)


_UNITS = {
    "milliseconds": "ms", "seconds": "s", "minutes": "m", "hours": "h", "days": "d", "weeks": "w",
    "months": "mo", "years": "y",
}  # fmt: skip

FILTERS: dict[str, Callable[..., Any]] = {
    "from_csv": from_csv,
    "from_ini": from_ini,
    "json_query": json_query,
    "to_ini": to_ini,
    "to_time_unit": to_time_unit,
    **{f"to_{name}": partial(to_time_unit, unit=unit) for name, unit in _UNITS.items()},
}
