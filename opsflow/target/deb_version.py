"""Debian versions: which of two is newer, as dpkg decides it."""

from __future__ import annotations

import itertools
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    Pair = tuple[list[int], int]  # the weights of some text, and the number after it

_PAIRS = re.compile(r"(\D*)(\d*)")
_END: Pair = ([0], 0)  # sorts after `~` and before everything else


def compare(one: str, other: str) -> int:
    """Return a number below, equal to or above 0 when `one` is older than, equal to or newer than `other`."""
    mine, theirs = _split(one), _split(other)
    if mine[0] != theirs[0]:
        return -1 if mine[0] < theirs[0] else 1
    return _compare_part(mine[1], theirs[1]) or _compare_part(mine[2], theirs[2])


def _split(version: str) -> tuple[int, str, str]:
    epoch, colon, rest = version.strip().partition(":")
    if not colon:
        epoch, rest = "0", epoch
    upstream, dash, revision = rest.rpartition("-")
    return int(epoch) if epoch.isdigit() else 0, upstream if dash else rest, revision if dash else ""


def _compare_part(one: str, other: str) -> int:
    for mine, theirs in itertools.zip_longest(_pairs(one), _pairs(other), fillvalue=_END):
        if mine != theirs:
            return -1 if mine < theirs else 1
    return 0


def _pairs(part: str) -> list[Pair]:
    return [
        ([_weight(char) for char in text] + [0], int(number or 0)) for text, number in _PAIRS.findall(part)
    ]


def _weight(char: str) -> int:
    if char == "~":
        return -1
    return ord(char) if char.isalpha() else ord(char) + 256
