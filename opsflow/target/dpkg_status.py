"""What is installed, read from dpkg's own database: no process, a millisecond or two."""

from __future__ import annotations

import fnmatch
import os
import re
from typing import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ADMIN = "/var/lib/dpkg"

Package = NamedTuple(
    "Package",
    [
        ("name", "str"),
        ("arch", "str"),
        ("version", "str"),
        ("want", "str"),
        ("state", "str"),
        ("broken", "bool"),
        ("section", "str"),
    ],
)
"""A package that dpkg knows: `want` is install, hold, deinstall or purge; `state` is installed,
config-files, half-configured and so on; `broken` says that it must be reinstalled; `section` is the
archive's for it."""

_FIELD = re.compile(rb"^(Package|Status|Architecture|Version|Section): *(.*)$", re.M)
_PROVIDES = re.compile(rb"^Provides: *(.*)$", re.M)
_PRESENT = ("installed", "triggers-pending", "triggers-awaited")
_ABSENT = ("not-installed", "config-files")


class Status:
    """dpkg's database at one moment."""

    def __init__(self, text: bytes, native: str = "", journal: bool = False) -> None:
        self.text = b"\n" + text
        self.native = native
        self.journal = journal  # an interrupted dpkg left changes that it has not merged yet

    def find(self, name: str) -> Package | None:
        """Return a package by its name, or `name:architecture`; the native one where there are several."""
        stanza = self.stanza(name)
        return _package(stanza) if stanza else None

    def stanza(self, name: str) -> bytes:
        """Return all that dpkg has written down of a package, b"" for an unknown one; see `find`."""
        name, _, arch = name.partition(":")
        found = [stanza for stanza in self._stanzas(name) if _fits(_package(stanza), arch)]
        return min(found, key=lambda stanza: self._preference(_package(stanza))) if found else b""

    def installed_version(self, name: str) -> str | None:
        """Return the version of a package that is installed and configured, None for any other."""
        package = self.find(name)
        return package.version if package is not None and is_installed(package) else None

    def _stanzas(self, name: str) -> Iterator[bytes]:
        key = b"\nPackage: " + name.encode("utf-8", "replace") + b"\n"
        start = self.text.find(key)
        while start >= 0:
            end = self.text.find(b"\n\n", start)
            yield self.text[start : end if end >= 0 else len(self.text)]
            start = self.text.find(key, start + 1)

    def _preference(self, package: Package) -> bool:
        return package.arch not in (self.native, "all", "")

    def packages(self) -> list[Package]:
        """Return all packages, each once."""
        found: dict[tuple[str, str], Package] = {}
        for stanza in self.text.split(b"\n\n"):
            if b"Package:" in stanza:
                package = _package(stanza)
                found.setdefault((package.name, package.arch), package)
        return list(found.values())

    def versions(self) -> dict[str, str]:
        """Return the version of each package that is there, be it not configured yet.

        A package of a foreign architecture is called `name:architecture`.
        """
        return {
            self.label(package): package.version
            for package in self.packages()
            if package.state not in _ABSENT
        }

    def label(self, package: Package) -> str:
        foreign = self.native and self._preference(package)
        return "%s:%s" % (package.name, package.arch) if foreign else package.name

    def unfinished(self) -> list[str]:
        """Return the packages that an interrupted or failed run left half done."""
        return sorted(
            self.label(package)
            for package in self.packages()
            if package.broken or package.state not in _ABSENT + _PRESENT
        )

    def torn(self) -> list[str]:
        """Return the packages that were broken off while they were unpacked: they must be installed anew."""
        return sorted(self.label(package) for package in self.packages() if package.broken)

    def residual(self) -> list[str]:
        """Return the packages of which only configuration files are left."""
        return sorted(self.label(one) for one in self.packages() if one.state == "config-files")

    def held(self) -> set[str]:
        """Return the packages that are held at their version."""
        return {self.label(package) for package in self.packages() if package.want == "hold"}

    def matching(self, pattern: str) -> list[str]:
        """Return the installed packages whose name fits a shell pattern."""
        return sorted(name for name in self.versions() if fnmatch.fnmatchcase(name, pattern))

    def is_provided(self, name: str) -> bool:
        """Tell whether an installed package provides a virtual package."""
        wanted = name.encode("utf-8", "replace")
        for provides in _PROVIDES.finditer(self.text):
            names = [part.split(b"(")[0].strip() for part in provides.group(1).split(b",")]
            if wanted in names and is_installed(_package(self._stanza_at(provides.start()))):
                return True
        return False

    def _stanza_at(self, position: int) -> bytes:
        start = self.text.rfind(b"\n\n", 0, position)
        end = self.text.find(b"\n\n", position)
        return self.text[max(start, 0) : end if end >= 0 else len(self.text)]


def read(admin: str = ADMIN) -> Status:
    """Return dpkg's database, with the changes that an interrupted dpkg has not merged yet before it."""
    with open(os.path.join(admin, "status"), "rb") as file:
        text = file.read()
    journal = [_read(path) for path in reversed(_journal(admin))]
    # The first stanza of a package counts: the newest entry of the journal, then the status file.
    merged = b"\n\n".join([entry.strip() for entry in journal if entry.strip()] + [text])
    return Status(merged, native(admin), bool(journal))


def native(admin: str = ADMIN) -> str:
    """Return the architecture of the host; "" where dpkg knows of no other one either."""
    architectures = _read(os.path.join(admin, "arch")).decode("ascii", "replace").split()
    return architectures[0] if architectures else ""


def _journal(admin: str) -> list[str]:
    folder = os.path.join(admin, "updates")
    names = sorted(name for name in os.listdir(folder) if name.isdigit()) if os.path.isdir(folder) else []
    return [os.path.join(folder, name) for name in names]


def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        return b""


def _package(stanza: bytes) -> Package:
    fields = {key: value.decode("utf-8", "replace") for key, value in _FIELD.findall(stanza)}
    want, flag, state = [*fields.get(b"Status", "").split(), "", "", ""][:3]
    return Package(
        fields.get(b"Package", ""),
        fields.get(b"Architecture", ""),
        fields.get(b"Version", ""),
        want or "unknown",
        state or "not-installed",
        "reinstreq" in flag,
        fields.get(b"Section", ""),
    )


def _fits(package: Package, arch: str) -> bool:
    return arch in ("", "any") or package.arch in (arch, "all")


def is_installed(package: Package) -> bool:
    """Tell whether a package is installed and configured."""
    return package.state in _PRESENT and not package.broken


def changes(before: Mapping[str, str | None], after: Mapping[str, str | None]) -> list[dict[str, str | None]]:
    """Return what changed between two `Status.versions()`: name, old and new version."""
    return [
        {"name": name, "old": before.get(name), "new": after.get(name)}
        for name in sorted(set(before) | set(after))
        if before.get(name) != after.get(name)
    ]
