"""Versions of Python packages, and which of them a specifier such as `>=1.2,<2` accepts (PEP 440)."""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_VERSION = re.compile(
    r"""^v?(?:(?P<epoch>\d+)!)?(?P<release>\d+(?:\.\d+)*)
    (?:[-_.]?(?P<pre>alpha|beta|preview|pre|rc|a|b|c)[-_.]?(?P<pre_number>\d*))?
    (?:-(?P<implied>\d+)|[-_.]?(?P<post>post|rev|r)[-_.]?(?P<post_number>\d*))?
    (?:[-_.]?(?P<dev>dev)[-_.]?(?P<dev_number>\d*))?
    (?:\+(?P<local>[a-z0-9]+(?:[-_.][a-z0-9]+)*))?$""",
    re.X,
)
_CLAUSE = re.compile(r"^(===|==|!=|~=|<=|>=|<|>)\s*(\S+)$")
_PHASES = {"alpha": "a", "beta": "b", "c": "rc", "pre": "rc", "preview": "rc"}
_FINAL = ("z", 0)


class Invalid(ValueError):
    """This is no version, or no specifier."""


class Version:
    """A version, taken apart."""

    def __init__(self, text: str) -> None:
        found = _VERSION.match(text.strip().lower())
        if not found:
            raise Invalid("not a version: %s" % text)
        self.epoch = int(found.group("epoch") or 0)
        numbers = [int(part) for part in found.group("release").split(".")]
        self.release = tuple(numbers)
        self.pre = self._pre(found)
        self.post = -1
        if found.group("implied") or found.group("post"):
            self.post = int(found.group("implied") or found.group("post_number") or 0)
        self.dev = int(found.group("dev_number") or 0) if found.group("dev") else None
        self.local = found.group("local") or ""

    def _pre(self, found: re.Match[str]) -> tuple[str, int]:
        phase = found.group("pre")
        if phase:
            return _PHASES.get(phase, phase), int(found.group("pre_number") or 0)
        bare = not (found.group("post") or found.group("implied"))
        return ("", 0) if found.group("dev") and bare else _FINAL

    def key(self) -> tuple[Any, ...]:
        """Return what orders public versions; trailing zeros of a release do not count."""
        release = list(self.release)
        while len(release) > 1 and release[-1] == 0:
            release.pop()
        dev = (0, self.dev) if self.dev is not None else (1, 0)
        return (self.epoch, release, self.pre, self.post, dev)

    def is_final(self) -> bool:
        """Tell whether it is neither a preview nor a repaired release of one."""
        return self.pre == _FINAL and self.dev is None

    def begins_with(self, prefix: Version) -> bool:
        size = len(prefix.release)
        padded = self.release + (0,) * (size - len(self.release))
        return self.epoch == prefix.epoch and padded[:size] == prefix.release


def accepts(specifier: str, version: str) -> bool:
    """Tell whether a specifier accepts a version, previews as well. Raises Invalid."""
    clauses = [clause.strip() for clause in specifier.split(",") if clause.strip()]
    return all(_fits(clause, version) for clause in clauses)


def _fits(clause: str, text: str) -> bool:
    found = _CLAUSE.match(clause)
    if not found:
        raise Invalid("not a version specifier: %s" % clause)
    operator, wanted = found.groups()
    if operator == "===":
        return text == wanted
    version = Version(text)
    if wanted.endswith(".*") and operator in ("==", "!="):
        return version.begins_with(Version(wanted[:-2])) == (operator == "==")
    limit = Version(wanted)
    mine, bound = version.key(), limit.key()
    if operator in ("==", "!="):
        same = mine == bound and (not limit.local or version.local == limit.local)
        return same == (operator == "==")
    if operator == "~=":
        shorter = Version(".".join(str(part) for part in limit.release[:-1]) or "0")
        shorter.epoch = limit.epoch
        return mine >= bound and version.begins_with(shorter)
    if operator == "<":  # previews of the bound itself are not below it
        return mine < bound and (not limit.is_final() or not _preview_of(version, limit))
    if operator == ">":
        return mine > bound and not (version.post > limit.post == -1 and version.begins_with(limit))
    return mine <= bound if operator == "<=" else mine >= bound


def _preview_of(version: Version, limit: Version) -> bool:
    same = version.key()[:2] == limit.key()[:2]
    return same and not version.is_final()
