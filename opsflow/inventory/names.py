"""Host names as an inventory writes them: ranges that stand for many names, and ports."""

from __future__ import annotations

import ipaddress
import re
import string

MAX_NAMES = 100_000

_BRACKETED = re.compile(r"\[([^\[\]]+)\](?::(\d+))?")
_WITH_PORT = re.compile(r"((?:[^\[\]:]|\[[^\[\]]*\])+):(\d+)")
_RANGE = re.compile(r"\[([^\[\]]*)\]")


def expand(text: str) -> tuple[list[str], int | None]:
    """Return the names that `text` stands for (`web[01:10]`, `db-[a:f]`, `[::1]:22`) and the port, if any.

    Raises ValueError, with a message for the user, when a range or port is wrong.
    """
    name, port = split_port(text)
    return ([name] if is_ipv6(name) else _expand_ranges(name)), port


def split_port(text: str) -> tuple[str, int | None]:
    """Return a host name, without the brackets of an IPv6 address, and the port after it, if any.

    Raises ValueError when the port is out of range.
    """
    if is_ipv6(text):
        return text, None
    if (match := _BRACKETED.fullmatch(text)) and is_ipv6(match[1]):
        return match[1], _port(match[2])
    if match := _WITH_PORT.fullmatch(text):
        return match[1], _port(match[2])
    return text, None


def is_ipv6(text: str) -> bool:
    """Tell whether `text` is an IPv6 address."""
    if ":" not in text:
        return False
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return True


def _port(text: str | None) -> int | None:
    if text is None:
        return None
    if not 0 < int(text[:6]) < 65536:
        raise ValueError(f"port {text} is not between 1 and 65535")
    return int(text)


def _expand_ranges(name: str) -> list[str]:
    match = _RANGE.search(name)
    if not match:
        if "[" in name or "]" in name:
            raise ValueError(f"a bracket without its partner in '{name}'")
        return [name]
    head, items, tails = name[: match.start()], _range(match[1]), _expand_ranges(name[match.end() :])
    if len(items) * len(tails) > MAX_NAMES:
        raise ValueError(f"the range stands for more than {MAX_NAMES} hosts")
    return [head + item + tail for item in items for tail in tails]


def _range(text: str) -> list[str]:
    """Return the items of `01:10`, `a:f` or `0:100:5`; the end is included."""
    bounds = text.split(":")
    if len(bounds) not in (2, 3):
        raise ValueError(f"'[{text}]' is no range: write [first:last] or [first:last:step]")
    first, last = bounds[0] or "0", bounds[1]
    step = bounds[2] if len(bounds) == 3 else "1"
    if not _is_number(step) or int(step) == 0:
        raise ValueError(f"the step of range '[{text}]' is not a positive number")
    items = _letters(first, last, int(step)) or _numbers(first, last, int(step))
    if not items:
        raise ValueError(f"range '[{text}]' needs two numbers or two letters, the first not after the last")
    return items


def _letters(first: str, last: str, step: int) -> list[str]:
    letters = string.ascii_letters
    if len(first) != 1 or len(last) != 1 or first not in letters or last not in letters:
        return []
    return list(letters[letters.index(first) : letters.index(last) + 1 : step])


def _numbers(first: str, last: str, step: int) -> list[str]:
    if not (_is_number(first) and _is_number(last)):
        return []
    width = len(first) if len(first) > 1 and first[0] == "0" else 0
    if width and width != len(last):
        raise ValueError(f"'{first}' and '{last}' must have the same number of digits, as zeros are kept")
    numbers = range(int(first), int(last) + 1, step)
    if int(last) - int(first) > MAX_NAMES * step:
        raise ValueError(f"the range stands for more than {MAX_NAMES} hosts")
    return [str(number).zfill(width) for number in numbers]


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19
