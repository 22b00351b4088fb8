"""What apt says that it would do: its simulation, its list of downloads, its table of versions."""

from __future__ import annotations

import re
from typing import NamedTuple

from opsflow.target import deb_version

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Change = dict[str, Any]  # name, old, new, origin, security, third_party (known to plan_depth), size

_INST = r"^Inst (\S+)(?: \[([^\]]*)\])? \((\S+)(?: (.*?))? \[[^\]]*\]\)"
_REMV = r"^(?:Remv|Purg) (\S+)(?: \[([^\]]*)\])?"
_URI = r"^'[^']+' (\S+?)_\S+ (\d+)(?: |$)"
_DISK = (
    r"(?m)^(?:After this operation, |  Space needed: |  Freed space: )"
    r"([\d.,]+) ([kMGTP]?)B( disk space will be freed)?"
)
_ITEM = r"^ +(\S+)"
_KEPT_BACK = "The following packages have been kept back:"
_PHASED = "The following upgrades have been deferred due to phasing:"
_VERSION = r"^ (?:\*\*\*|   ) (\S+) +(-?\d+)(?: \(phased (\d+)%\))?"
_SOURCE = r"^ {7,}(-?\d+) (\S.*)$"

Simulation = NamedTuple(
    "Simulation",
    [
        ("upgrade", "list[Change]"),
        ("install", "list[Change]"),
        ("remove", "list[Change]"),
        ("kept_back", "list[str]"),
        ("phased", "list[str]"),
    ],
)
"""The changes that a simulation lists, and the names of what stays although something newer is there."""


def parse_simulation(text: str) -> Simulation:
    """Return what `apt-get -s -V` printed."""
    found = Simulation([], [], [], [], [])
    section: list[str] | None = None
    for line in text.splitlines():
        if not line.startswith(" "):
            section = {_KEPT_BACK: found.kept_back, _PHASED: found.phased}.get(line)
            _take_change(line, found)
        elif section is not None:
            match = re.match(_ITEM, line)
            if match:
                section.append(match.group(1).rstrip("*"))
    return found


def _take_change(line: str, found: Simulation) -> None:
    inst = re.match(_INST, line)
    remv = re.match(_REMV, line)
    if inst:
        name, old, new, origin = inst.groups()
        change = _change(name, old, new, origin or "")
        (found.upgrade if old else found.install).append(change)
    elif remv:
        found.remove.append(_change(remv.group(1), remv.group(2), None, ""))


def _change(name: str, old: str | None, new: str | None, origin: str) -> Change:
    return {
        "name": name,
        "old": old,
        "new": new,
        "origin": origin,
        "security": is_security(origin),
        "third_party": False,
        "size": 0,
    }


def is_security(origin: str) -> bool:
    """Tell whether a version comes from a security archive.

    Args:
        origin: as the simulation shows it: "Debian-Security:12/stable-security, Debian:12.5/stable".
            Debian labels its archive, Ubuntu's (and ESM's) are named `…-security`.
    """
    for part in origin.split(","):
        label, _, suite = part.strip().partition(":")
        if label == "Debian-Security" or suite.rpartition("/")[2].endswith("-security"):
            return True
    return False


def parse_sizes(text: str) -> dict[str, int]:
    """Return bytes to download by package name, from `apt-get --print-uris`."""
    found = (re.match(_URI, line) for line in text.splitlines())
    return {match.group(1): int(match.group(2)) for match in found if match}


def parse_disk(text: str) -> int:
    """Return how many bytes more are used on disk afterwards, from `apt-get --print-uris`.

    apt rounds to three digits, or four.
    """
    match = re.search(_DISK, text)
    if match is None:
        return 0
    number = float(match.group(1).replace(",", "")) * 1000 ** " kMGTP".index(match.group(2) or " ")
    return round(-number if match.group(3) or "Freed" in match.group(0) else number)


def parse_releases(text: str) -> dict[str, str]:
    """Return the origin, written as in simulations, by the name of an index, from `apt-cache policy`."""
    found: dict[str, str] = {}
    index = ""
    for line in text.splitlines():
        source = re.match(r"^ *-?\d+ (\S.*)$", line)
        release = re.match(r"^ +release (.*)$", line)
        if source:
            index = source.group(1).strip()
        elif release:
            fields = dict(part.split("=", 1) for part in release.group(1).split(",") if "=" in part)
            label, suite = fields.get("l") or fields.get("o"), fields.get("a") or fields.get("n")
            found[index] = written(label, fields.get("v"), suite)
    return found


def written(label: str | None, version: str | None, suite: str | None) -> str:
    """Return an origin as simulations have it."""
    return "%s:%s" % (label or "", "/".join(part for part in (version, suite) if part))


Version = NamedTuple(
    "Version",
    [("version", "str"), ("indexes", "list[str]"), ("phased", "int | None")],
)
"""A version that is known of a package: the indexes that offer it, the percent of hosts that may have it."""

Policy = NamedTuple(
    "Policy",
    [("installed", "str | None"), ("candidate", "str | None"), ("versions", "list[Version]")],
)


def parse_policies(text: str) -> dict[str, Policy]:
    """Return what `apt-cache policy NAME…` says of each package."""
    found: dict[str, Policy] = {}
    name = ""
    installed: str | None = None
    versions: list[Version] = []
    for line in text.splitlines():
        version, source = re.match(_VERSION, line), re.match(_SOURCE, line)
        if not line.startswith(" ") and line.endswith(":"):
            name, versions = line[:-1], []
        elif line.startswith("  Installed: "):
            installed = _none(line)
        elif line.startswith("  Candidate: "):
            found[name] = Policy(installed, _none(line), versions)
        elif version:
            phased = int(version.group(3)) if version.group(3) else None
            versions.append(Version(version.group(1), [], phased))
        elif source and versions:
            versions[-1].indexes.append(source.group(2))
    return found


def _none(line: str) -> str | None:
    value = line.partition(": ")[2].strip()
    return None if value == "(none)" else value


def security_version(policy: Policy, releases: dict[str, str]) -> str | None:
    """Return the newest version from a security archive that is newer than the installed one, if any."""
    best = None
    for version in policy.versions:
        newer = policy.installed and deb_version.compare(version.version, best or policy.installed) > 0
        if newer and any(is_security(releases.get(index, "")) for index in version.indexes):
            best = version.version
    return best


def is_phased(policy: Policy | None) -> bool:
    """Tell whether the candidate is being handed out to some hosts only."""
    if policy is None:
        return False
    return any(v.version == policy.candidate and v.phased is not None for v in policy.versions)
