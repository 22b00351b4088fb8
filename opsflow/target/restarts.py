"""What an upgrade leaves to be restarted: services with old code in memory, or the whole system."""

from __future__ import annotations

import os
import re

from opsflow.target import apt_get, deb_version, old_code

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.request import Request

FLAGS = ("/run/reboot-required", "/var/run/reboot-required")
_KERNEL = re.compile(r"^(\d.*?)-([a-z][a-z0-9-]*)$")


def run(request: Request, services: bool = True) -> dict[str, Any]:
    """Return restart_needed (units), reboot_required, reboot_packages and newer_kernel (its release).

    Args:
        services: look for services that should be restarted, too.
    """
    packages = reboot_packages()
    kernel = newer_kernel()
    if kernel:
        packages.append("linux-image-" + kernel)
    return {
        "changed": False,
        "restart_needed": services_to_restart(request) if services else [],
        "reboot_required": bool(packages) or any(os.path.exists(flag) for flag in FLAGS),
        "reboot_packages": list(dict.fromkeys(packages)),
        "newer_kernel": kernel or "",
    }


def reboot_packages() -> list[str]:
    """Return the packages that asked for a reboot since the last one."""
    for flag in FLAGS:
        try:
            with open(flag + ".pkgs") as file:
                return sorted({line.strip() for line in file if line.strip()})
        except FileNotFoundError:
            continue
    return []


def newer_kernel(boot: str = "/boot", running: str = "") -> str | None:
    """Return the newest installed kernel of the running one's flavour, if that is newer than it.

    A container runs its host's kernel, whatever lies in its own /boot.
    """
    running = running or os.uname().release
    if boot == "/boot" and os.path.exists("/run/systemd/container"):
        return None
    current = _KERNEL.match(running)
    if current is None or not os.path.isdir(boot):
        return None
    newest, flavour = current.groups()
    for name in os.listdir(boot):
        found = _KERNEL.match(name[len("vmlinuz-") :]) if name.startswith("vmlinuz-") else None
        same = found is not None and found.group(2) == flavour
        if found and same and deb_version.compare(found.group(1), newest) > 0:
            newest = found.group(1)
    return "%s-%s" % (newest, flavour) if newest != current.group(1) else None


def services_to_restart(request: Request) -> list[str]:
    """Return the units that run replaced code: needrestart knows, else their processes are looked at."""
    tool = next((p for p in ("/usr/sbin/needrestart", "/sbin/needrestart") if os.path.exists(p)), None)
    if tool is None or os.geteuid() != 0:
        return old_code.services()
    done = apt_get.read(request, [tool, "-b", "-r", "l"])
    return parse_needrestart(done.stdout)


def parse_needrestart(text: str) -> list[str]:
    """Return the services of `needrestart -b`."""
    prefix = "NEEDRESTART-SVC:"
    return sorted({line[len(prefix) :].strip() for line in text.splitlines() if line.startswith(prefix)})
