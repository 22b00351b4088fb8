"""Sizes for people: `1.5M` to a number and back."""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

SIZE_RANGES = {letter: 1 << 10 * (8 - place) for place, letter in enumerate("YZEPTGMKB")}

_WORDS = {"Y": "yotta", "Z": "zetta", "E": "exa", "P": "peta", "T": "tera", "G": "giga", "M": "mega",
          "K": "kilo", "B": ""}  # fmt: skip
_WRITTEN = re.compile(r"^\s*([0-9]*\.?[0-9]*)\s*([A-Za-z]+)?\s*$")


def human_to_bytes(number: Any, default_unit: str | None = None, isbits: bool = False) -> int:
    """Return the number of bytes (or bits) that a text such as `2K`, `10M` or `1.5 GB` means.

    Args:
        default_unit: the unit of a number without one.
        isbits: the unit's second letter is `b` for bits, not `B` for bytes.

    Raises:
        ValueError: it means none.
    """
    found = _WRITTEN.match(str(number))
    if found is None or found.group(1) in ("", "."):
        raise ValueError("human_to_bytes() can't interpret following string: %s" % number)
    unit = found.group(2) or default_unit
    if not unit:
        return round(float(found.group(1)))
    factor = SIZE_RANGES.get(unit[0].upper())
    if factor is None:
        raise ValueError(
            "human_to_bytes() failed to convert %s (unit = %s). The suffix must be one of %s"
            % (number, unit, ", ".join(SIZE_RANGES))
        )
    _check_unit(unit, number, isbits)
    return round(float(found.group(1)) * factor)


def _check_unit(unit: str, number: Any, isbits: bool) -> None:
    """Refuse what is neither a letter, nor that and `B` (`b` for bits), nor the whole word."""
    letter, name = ("b", "bit") if isbits else ("B", "byte")
    key = unit[0].upper()
    short = letter if key == "B" else key + letter
    if len(unit) == 1 or unit == short or unit.lower() == _WORDS[key] + name:
        return
    other = name if key == "B" else key
    raise ValueError(
        "human_to_bytes() failed to convert %s. Value is not a valid string (expect %s or %s)"
        % (number, short, other)
    )


def bytes_to_human(size: float, isbits: bool = False, unit: str | None = None) -> str:
    """Return a size as text with two digits behind the point and its unit."""
    chosen, limit = "", 1
    for letter, factor in SIZE_RANGES.items():
        if (unit is None and size >= factor) or (unit is not None and unit.upper() == letter):
            chosen, limit = letter, factor
            break
    else:
        limit = 1
    base = "bits" if isbits else "Bytes"
    suffix = chosen + base[0] if limit != 1 else base
    return "%.2f %s" % (size / limit, suffix)


def lenient_lowercase(lst: Any) -> list[Any]:
    """Return a list with its texts in lower case."""
    return [item.lower() if isinstance(item, str) else item for item in lst]
