"""What is installed for a Python, read from its directories without starting pip.

It is only ever used to see that something is there for sure: in every doubt pip is asked.
"""

from __future__ import annotations

import os
import re

from opsflow.target import pep440

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_REQUIREMENT = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*?)\s*\(?\s*((?:[<>=!~]=?=?[^;()\[\]@]*)?)\)?\s*$")
_CLAUSE = re.compile(r"""^\(?\s*(\w+)\s*(==|!=|<=|>=|<|>)\s*["']([^"']*)["']\s*\)?$""")
_FACTS = {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix", "extra": ""}
_METADATA = {".dist-info": "METADATA", ".egg-info": "PKG-INFO"}


def canonical(name: str) -> str:
    """Return a package's name as it is compared."""
    return re.sub(r"[-_.]+", "-", name).lower()


def simple(requirement: str) -> tuple[str, str] | None:
    """Return name and specifier of a plain requirement; None for URLs, paths, extras and markers."""
    found = _REQUIREMENT.match(requirement.strip())
    return (canonical(found.group(1)), found.group(2).strip()) if found else None


class Installed:
    """Packages by their canonical name."""

    def __init__(self, python: str = "") -> None:
        self.python = python  # its version, such as 3.11
        self.versions: dict[str, str] = {}
        self.metadata: dict[str, str] = {}

    @classmethod
    def in_directories(cls, paths: Iterable[str], python: str) -> Installed:
        """Return what is in directories such as `site-packages`; those that come first win."""
        found = cls(python)
        for path in paths:
            for name in os.listdir(path) if os.path.isdir(path) else []:
                stem, kind = os.path.splitext(name)
                package, _, version = stem.partition("-")
                if kind in _METADATA and version:
                    version = re.sub(r"-py\d.*$", "", version)
                    if found.versions.setdefault(canonical(package), version) == version:
                        place = os.path.join(path, name)
                        file = os.path.join(place, _METADATA[kind]) if os.path.isdir(place) else place
                        found.metadata.setdefault(canonical(package), file)
        return found

    @classmethod
    def in_list(cls, lines: Iterable[str]) -> Installed:
        """Return what `pip list --format=freeze` says."""
        found = cls()
        for line in lines:
            name, separator, version = line.partition("==")
            if separator:
                found.versions[canonical(name)] = version.strip()
        return found

    def has(self, requirement: str) -> bool:
        """Tell whether a plain requirement is met, whatever its package needs in turn."""
        parts = simple(requirement)
        if parts is None or parts[0] not in self.versions:
            return False
        try:
            return pep440.accepts(parts[1], self.versions[parts[0]])
        except pep440.Invalid:
            return False

    def has_all(self, requirements: Sequence[str]) -> bool:
        """Tell whether requirements are surely met, with all that their packages need."""
        seen: set[str] = set()
        pending = list(requirements)
        while pending:
            requirement = pending.pop()
            if not self.has(requirement):
                return False
            parts = simple(requirement)
            if parts and parts[0] not in seen:
                seen.add(parts[0])
                needs = self._needs(parts[0])
                if needs is None:
                    return False
                pending += needs
        return True

    def _needs(self, name: str) -> list[str] | None:
        """Return what a package needs, but for its extras; None where that can't be told."""
        try:
            with open(self.metadata[name], encoding="utf-8", errors="replace") as file:
                head = file.read().split("\n\n", 1)[0]
        except (KeyError, OSError):
            return None
        found: list[str] = []
        for line in head.splitlines():
            field, _, value = line.partition(":")
            requirement, _, marker = value.partition(";")
            if field == "Requires-Dist" and self._may_apply(marker):
                if marker and not self.has(requirement):
                    return None
                found.append(requirement)
        return found

    def _may_apply(self, marker: str) -> bool:
        """Tell whether a marker such as `python_version < "3.8"` may be true here."""
        facts = dict(_FACTS, python_version=self.python)
        for clause in marker.split(" and ") if " or " not in marker else []:
            found = _CLAUSE.match(clause.strip())
            if not found or found.group(1) not in facts:
                continue
            name, operator, wanted = found.groups()
            if name == "python_version":
                true = pep440.accepts(operator + wanted, facts[name])
            else:
                true = (facts[name] == wanted) == (operator == "==")
            if not true:
                return False
        return True


def requirements_in(path: str) -> list[str] | None:
    """Return the requirements of a file; None where it has anything but plain ones."""
    try:
        with open(path, encoding="utf-8") as file:
            lines = [re.sub(r"(^|\s)#.*$", "", line).strip() for line in file]
    except (OSError, UnicodeDecodeError):
        return None
    wanted = [line for line in lines if line]
    return wanted if all(simple(line) for line in wanted) else None
