"""Can this machine run a lab, and if not, what is missing?"""

from __future__ import annotations

import os
import shutil
import sys
from functools import cache
from pathlib import Path

from .errors import LabError, LabUnavailable
from .process import PATH, run

PACKAGES = {
    "apt-ftparchive": "apt-utils",
    "debootstrap": "debootstrap",
    "dpkg-deb": "dpkg",
    "gpg": "gnupg",
    "ip": "iproute2",
    "ssh": "openssh-client",
    "systemd-nspawn": "systemd-container",
}
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")


def unavailable() -> str | None:
    """Return why this machine cannot run a lab, in one sentence, or None when it can."""
    if sys.platform != "linux":
        return "A lab needs Linux: its hosts are systemd-nspawn containers."
    if os.geteuid() != 0:
        return "A lab needs root: it makes containers, network namespaces and a bridge (try sudo)."
    missing = missing_packages()
    if missing:
        names = " ".join(missing)
        return f"A lab needs the Debian packages {names}: install them with 'apt-get install -y {names}'."
    if not _may_isolate():
        return "A lab needs mounts and namespaces of its own, which are forbidden here."
    return None


@cache
def _may_isolate() -> bool:
    """Tell whether we may make namespaces: root in a container often may not."""
    try:
        run(["unshare", "--mount", "--net", "true"])
    except LabError:
        return False
    return True


def require() -> None:
    """Return when this machine can run a lab.

    Raises:
        LabUnavailable: it cannot.
    """
    reason = unavailable()
    if reason:
        raise LabUnavailable(reason)


def missing_packages() -> list[str]:
    """Return the Debian packages that must be installed first, sorted."""
    missing = {package for tool, package in PACKAGES.items() if shutil.which(tool, path=PATH) is None}
    if not KEYRING.exists():
        missing.add("debian-archive-keyring")
    return sorted(missing)
