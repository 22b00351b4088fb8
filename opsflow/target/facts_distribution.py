"""Facts about the distribution: from /etc/os-release, with Ansible's names for the families."""

from __future__ import annotations

import os
import re

from opsflow.target.facts import read, which

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.facts import Gather

# os-release's ID: Ansible's name of the distribution
_NAMES = {
    "almalinux": "AlmaLinux",
    "alpine": "Alpine",
    "amzn": "Amazon",
    "arch": "Archlinux",
    "centos": "CentOS",
    "debian": "Debian",
    "devuan": "Devuan",
    "fedora": "Fedora",
    "kali": "Kali",
    "linuxmint": "Linux Mint",
    "neon": "KDE neon",
    "opensuse-leap": "openSUSE Leap",
    "ol": "OracleLinux",
    "parrot": "Parrot",
    "pop": "Pop!_OS",
    "raspbian": "Debian",
    "rhel": "RedHat",
    "rocky": "Rocky",
    "sles": "SLES",
    "ubuntu": "Ubuntu",
}
# os-release's ID or one of ID_LIKE: Ansible's name of the family
_FAMILIES = {
    "debian": "Debian",
    "ubuntu": "Debian",
    "rhel": "RedHat",
    "fedora": "RedHat",
    "centos": "RedHat",
    "amzn": "RedHat",
    "suse": "Suse",
    "opensuse": "Suse",
    "arch": "Archlinux",
    "alpine": "Alpine",
}
_PACKAGE_MANAGERS = (
    ("/usr/bin/apt-get", "apt"),
    ("/usr/bin/dnf5", "dnf5"),
    ("/usr/bin/dnf", "dnf"),
    ("/usr/bin/yum", "yum"),
    ("/usr/bin/zypper", "zypper"),
    ("/usr/bin/pacman", "pacman"),
    ("/sbin/apk", "apk"),
    ("/usr/bin/emerge", "portage"),
    ("/usr/bin/xbps-install", "xbps"),
)


def os_release(path: str = "/etc/os-release") -> dict[str, str]:
    """Return the assignments of an os-release file, without their quotes."""
    found: dict[str, str] = {}
    for line in read(path).splitlines():
        key, sign, value = line.strip().partition("=")
        if sign and not key.startswith("#"):
            value = value.strip()
            if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
                value = value[1:-1]
            found[key] = re.sub(r"\\(.)", r"\1", value)
    return found


def distribution(gather: Gather) -> dict[str, Any]:
    """Return the distribution's name, version, release and family."""
    release = os_release()
    ident = release.get("ID", "").lower()
    name = _NAMES.get(ident) or release.get("NAME", "").split(" ")[0] or "NA"
    version = release.get("VERSION_ID", "NA")
    facts: dict[str, Any] = {
        "distribution": name,
        "distribution_version": version,
        "distribution_release": release.get("VERSION_CODENAME") or _codename(release) or "NA",
        "distribution_file_parsed": True,
        "distribution_file_path": "/etc/os-release",
        "distribution_file_variety": name,
        "os_family": _family(name, ident, release.get("ID_LIKE", "")),
    }
    if facts["os_family"] == "Debian":
        facts["distribution_file_variety"] = "Debian"
    if name == "Debian":
        facts.update(_point_release(version))
    facts["distribution_major_version"] = facts["distribution_version"].split(".")[0]
    return facts


def _codename(release: dict[str, str]) -> str | None:
    """Return the name in brackets of a line such as "Debian GNU/Linux 9 (stretch)"."""
    match = re.search(r"\(([^)]+)\)", release.get("PRETTY_NAME", ""))
    return match.group(1) if match else None


def _family(name: str, ident: str, like: str) -> str:
    for key in [ident, *like.lower().split()]:
        if key in _FAMILIES:
            return _FAMILIES[key]
    return name


def _point_release(version: str) -> dict[str, str]:
    """Debian's point release: /etc/debian_version knows it, os-release does not."""
    match = re.match(r"(\d+)\.(\d+)", read("/etc/debian_version"))
    if not match:
        return {}
    return {"distribution_version": match.group(0), "distribution_minor_version": match.group(2)}


def lsb(gather: Gather) -> dict[str, Any]:
    """Return what `lsb_release` would print, without running it: it only shows files."""
    given = os_release("/etc/lsb-release")
    release = os_release()
    if "DISTRIB_ID" in given:
        found = {
            "id": given["DISTRIB_ID"],
            "release": given.get("DISTRIB_RELEASE", ""),
            "description": given.get("DISTRIB_DESCRIPTION", ""),
            "codename": given.get("DISTRIB_CODENAME", ""),
        }
    elif which("lsb_release") and release:
        ident = release.get("ID", "")
        found = {
            "id": _NAMES.get(ident, ident.capitalize()),
            "release": release.get("VERSION_ID", "n/a"),
            "description": release.get("PRETTY_NAME", ""),
            "codename": release.get("VERSION_CODENAME", "n/a"),
        }
    else:
        return {"lsb": {}}
    found["major_release"] = found["release"].split(".")[0]
    return {"lsb": found}


def pkg_mgr(gather: Gather) -> dict[str, Any]:
    """Return Ansible's name of the package manager."""
    for path, name in _PACKAGE_MANAGERS:
        if os.path.exists(path):
            return {"pkg_mgr": name}
    return {"pkg_mgr": "unknown"}
