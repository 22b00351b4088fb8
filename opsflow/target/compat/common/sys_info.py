"""Which system this is, and the class that is made for it."""

from __future__ import annotations

import platform

from opsflow.target.compat.common._utils import get_all_subclasses
from opsflow.target.facts_distribution import os_release

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_NAMES = {"rhel": "Redhat", "amzn": "Amazon", "linuxmint": "Linuxmint", "ol": "Oracle"}


def get_distribution() -> str | None:
    """Return the name of the Linux distribution, such as Debian; of another kernel its name."""
    if platform.system() != "Linux":
        return platform.system().capitalize()
    ident = os_release().get("ID", "")
    return _NAMES.get(ident, ident.capitalize() or "OtherLinux")


def get_distribution_version() -> str | None:
    """Return the version of the distribution, for Debian with its point release; empty when unknown."""
    release = os_release()
    version = release.get("VERSION_ID", "")
    if release.get("ID") == "debian":
        try:
            with open("/etc/debian_version") as file:
                found = file.read().strip()
        except OSError:
            return version
        return found if found[:1].isdigit() else version
    return version


def get_distribution_codename() -> str | None:
    """Return the code name of the release, such as bookworm."""
    release = os_release()
    return release.get("VERSION_CODENAME") or release.get("UBUNTU_CODENAME") or None


def get_platform_subclass(cls: Any) -> Any:
    """Return the subclass whose `platform` and `distribution` fit, the nearest first; else the class."""
    kernel, name = platform.system(), get_distribution()
    below = get_all_subclasses(cls)
    for wanted in (name, None):
        for one in below:
            if one.distribution == wanted and one.platform == kernel and (wanted or wanted is None):
                return one
    return cls
