"""Versions that can be compared, in the ways of distutils, which Python has no more."""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Version:
    """A version made from text; the classes below say how it is read."""

    version: Any

    def __init__(self, vstring: str | None = None) -> None:
        if vstring:
            self.parse(vstring)

    def __repr__(self) -> str:
        return "%s ('%s')" % (type(self).__name__, self)

    def parse(self, vstring: str) -> None:
        """Read a version."""
        raise NotImplementedError

    def _cmp(self, other: Any) -> int:
        """Return -1, 0 or 1, as this is older, the same or newer."""
        raise NotImplementedError

    def __eq__(self, other: object) -> bool:
        return self._cmp(other) == 0

    def __lt__(self, other: Any) -> bool:
        return self._cmp(other) < 0

    def __le__(self, other: Any) -> bool:
        return self._cmp(other) <= 0

    def __gt__(self, other: Any) -> bool:
        return self._cmp(other) > 0

    def __ge__(self, other: Any) -> bool:
        return self._cmp(other) >= 0

    def __hash__(self) -> int:
        return hash(str(self))


class LooseVersion(Version):
    """Any text: runs of digits are numbers, letters are words, the rest separates."""

    version: list[int | str]

    _part = re.compile(r"(\d+|[a-z]+|\.)", re.IGNORECASE)

    def parse(self, vstring: str) -> None:
        self.vstring = vstring
        parts = [part for part in self._part.split(vstring) if part and part != "."]
        self.version = [int(part) if part.isdigit() else part for part in parts]

    def __str__(self) -> str:
        return self.vstring

    def _cmp(self, other: Any) -> int:
        other = LooseVersion(other) if isinstance(other, str) else other
        if not isinstance(other, LooseVersion):
            raise TypeError("cannot compare a version with %r" % (other,))
        if self.version == other.version:
            return 0
        return -1 if self.version < other.version else 1  # type: ignore[operator]


class StrictVersion(Version):
    """`1.2`, `1.2.3`, with `a1` or `b1` behind for what came before it. Raises ValueError for other texts."""

    prerelease: tuple[str, int] | None

    version_re = re.compile(r"^(\d+)\.(\d+)(?:\.(\d+))?(?:([ab])(\d+))?$")

    def parse(self, vstring: str) -> None:
        found = self.version_re.match(vstring)
        if not found:
            raise ValueError("invalid version number '%s'" % vstring)
        major, minor, patch, letter, number = found.groups()
        self.version = (int(major), int(minor), int(patch or 0))
        self.prerelease = (letter, int(number)) if letter else None

    def __str__(self) -> str:
        parts = self.version if self.version[2] else self.version[:2]
        text = ".".join(str(part) for part in parts)
        return text + "%s%d" % self.prerelease if self.prerelease else text

    def _cmp(self, other: Any) -> int:
        other = StrictVersion(other) if isinstance(other, str) else other
        if not isinstance(other, StrictVersion):
            raise TypeError("cannot compare a version with %r" % (other,))
        mine, its = (
            (one.version, one.prerelease is None, one.prerelease or ("", 0)) for one in (self, other)
        )
        return (mine > its) - (mine < its)
