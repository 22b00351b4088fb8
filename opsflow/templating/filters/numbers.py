"""Filters on numbers, sizes and chance."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from random import Random, SystemRandom
from typing import Any, cast

from opsflow.templating.kinds import is_iterable, type_name

_SUFFIXES = "YZEPTGMKB"  # from 2^80 down to 1
_POWER = {suffix: 10 * (len(_SUFFIXES) - 1 - place) for place, suffix in enumerate(_SUFFIXES)}
_WORDS = {
    "B": "",
    "K": "kilo",
    "M": "mega",
    "G": "giga",
    "T": "tera",
    "P": "peta",
    "E": "exa",
    "Z": "zetta",
    "Y": "yotta",
}


def logarithm(value: float, base: float = math.e) -> float:
    """Return the logarithm, natural by default."""
    return math.log10(value) if base == 10 else math.log(value, base)


def root(value: float, base: float = 2) -> float:
    """Return the root, square by default."""
    return math.sqrt(value) if base == 2 else math.pow(value, 1 / float(base))


def human_readable(size: Any, isbits: bool = False, unit: str | None = None) -> str:
    """Return a number of bytes (or bits) as people write it: "1.50 GB"; `unit` is one of YZEPTGMKB."""
    if not isinstance(size, int | float):
        raise TypeError(f"needs a number, not {type_name(size)}")
    one = "b" if isbits else "B"
    for suffix in _SUFFIXES:
        if size >= 2 ** _POWER[suffix] if unit is None else unit.upper() == suffix:
            break
    else:
        suffix = "B"
    name = ("bits" if isbits else "Bytes") if suffix == "B" else suffix + one
    return f"{size / 2 ** _POWER[suffix]:.2f} {name}"


def human_to_bytes(size: Any, default_unit: str | None = None, isbits: bool = False) -> int:
    """Return the number of bytes (or bits) in "10 MB", "1.5G" or "7"; K is 1024."""
    parsed = re.fullmatch(r"(\d*\.?\d*)\s*([A-Za-z]+)?\s*", str(size), re.ASCII)
    if not parsed or not parsed[1].strip("."):
        raise ValueError(f"'{size}' is not a size such as 10 MB")
    unit = parsed[2] or default_unit
    if not unit:
        return round(float(parsed[1]))
    suffix = unit[0].upper()
    if suffix not in _POWER:
        raise ValueError(f"'{size}' has an unknown unit; there are {', '.join(_SUFFIXES)}")
    if not _is_unit(unit, suffix, isbits):
        raise ValueError(
            f"'{size}' is not in {'bits' if isbits else 'bytes'}: write {_spelling(suffix, isbits)}"
        )
    return round(float(parsed[1]) * 2 ** _POWER[suffix])


def _is_unit(unit: str, suffix: str, isbits: bool) -> bool:
    if len(unit) == 1:
        return True
    word = "bit" if isbits else "byte"
    return unit == _spelling(suffix, isbits) or unit.lower() == _WORDS[suffix] + word


def _spelling(suffix: str, isbits: bool) -> str:
    one = "b" if isbits else "B"
    return one if suffix == "B" else suffix + one


def random(end: Any, start: int | None = None, step: int | None = None, seed: Any = None) -> Any:
    """Return a random number below `end`, or a random item of a list; with a seed always the same one."""
    chance = SystemRandom() if seed is None else Random(seed)  # noqa: S311 wanted: the same for the same seed
    if isinstance(end, int):
        return chance.randrange(start or 0, end, step or 1)
    if not isinstance(end, str) and not is_iterable(end):
        raise TypeError(f"needs a number or a list, not {type_name(end)}")
    if start or step:
        raise ValueError("start and step go with a number, not with a list")
    return chance.choice(list(end))


def shuffle(items: Any, seed: Any = None) -> Any:
    """Return the items in random order; with a seed always in the same. What has no items stays as it is."""
    if not isinstance(items, Iterable):
        return items
    result = list(cast("Iterable[Any]", items))
    (Random(seed) if seed else SystemRandom()).shuffle(result)  # noqa: S311 as above
    return result


FILTERS: dict[str, Callable[..., Any]] = {
    "human_readable": human_readable,
    "human_to_bytes": human_to_bytes,
    "log": logarithm,
    "pow": math.pow,
    "random": random,
    "root": root,
    "shuffle": shuffle,
}
