"""Comparison of version numbers, by the five rules that the `version` test knows."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from functools import total_ordering
from typing import Any

_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "=": operator.eq,
    "eq": operator.eq,
    "<": operator.lt,
    "lt": operator.lt,
    "<=": operator.le,
    "le": operator.le,
    ">": operator.gt,
    "gt": operator.gt,
    ">=": operator.ge,
    "ge": operator.ge,
    "!=": operator.ne,
    "<>": operator.ne,
    "ne": operator.ne,
}


def compare(left: str, sign: str, right: str, rule: str = "loose") -> bool:
    """Tell whether two versions stand in the relation `sign` by a rule.

    Raises:
        ValueError: unknown sign or rule, or a text that is no version by the rule.
    """
    if sign not in _OPERATORS:
        raise ValueError(f"unknown operator '{sign}'; there are {', '.join(_OPERATORS)}")
    if rule not in _RULES:
        raise ValueError(f"unknown version_type '{rule}'; there are {', '.join(_RULES)}")
    key = _RULES[rule]
    try:
        return bool(_OPERATORS[sign](key(left), key(right)))
    except TypeError:
        raise ValueError(
            f"'{left}' and '{right}' differ too much to be compared as {rule} versions"
        ) from None


def _loose(version: str) -> list[int | str]:
    """Numbers and words in order: 1.10b2 is [1, 10, 'b', 2]."""
    parts = re.findall(r"\d+|[a-z]+|[^\da-z.]+", version)
    return [int(part) if part.isdigit() else part for part in parts]


def _strict(version: str) -> tuple[Any, ...]:
    """Two or three numbers, then perhaps a or b and a number: a pre-release, before the release."""
    parsed = re.fullmatch(r"(\d+)\.(\d+)(?:\.(\d+))?(?:([ab])(\d+))?", version, re.ASCII)
    if not parsed:
        raise ValueError(f"'{version}' is not a strict version such as 1.2.3")
    major, minor, patch, phase, number = parsed.groups()
    return int(major), int(minor), int(patch or 0), phase or "c", int(number or 0)


_SEMVER = (
    r"(?P<core>(?:0|[1-9]\d*)(?:\.(?:0|[1-9]\d*)){2})"
    r"(?:-(?P<pre>[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?"
    r"(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?"
)


def _semver(version: str) -> tuple[Any, ...]:
    """As semver.org orders them: build metadata does not count, a pre-release comes before its release."""
    parsed = re.fullmatch(_SEMVER, version, re.ASCII)
    if not parsed:
        raise ValueError(f"'{version}' is not a semantic version such as 1.2.3-rc.1")
    core = tuple(int(number) for number in parsed["core"].split("."))
    pre = parsed["pre"]
    return core, pre is None, [_Identifier(part) for part in pre.split(".")] if pre else []


@total_ordering
class _Identifier:
    """A part of a pre-release: numbers come before words."""

    def __init__(self, text: str) -> None:
        self.key: tuple[int, int, str] = (0, int(text), "") if text.isdigit() else (1, 0, text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Identifier) and self.key == other.key

    def __lt__(self, other: _Identifier) -> bool:
        return self.key < other.key

    def __hash__(self) -> int:
        return hash(self.key)


def _pep440(version: str) -> Any:
    try:
        from packaging.version import Version
    except ImportError:
        raise ValueError("the version_type pep440 needs the Python package 'packaging'") from None
    return Version(version)


_RULES: dict[str, Callable[[str], Any]] = {
    "loose": _loose,
    "strict": _strict,
    "semver": _semver,
    "semantic": _semver,
    "pep440": _pep440,
}
