"""All installed packages, as facts."""

from __future__ import annotations

from opsflow.target import dpkg_status
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.request import Request


def run(request: Request, manager: list[str]) -> dict[str, Any]:
    """Return `packages`: the installed versions of each package, by name.

    Args:
        manager: names of package managers, of which `auto` and `apt` mean ours.
    """
    if not {"auto", "apt"} & {name.lower() for name in manager}:
        raise Fail("packages are listed by apt only, not by %s" % ", ".join(manager))
    try:
        status = dpkg_status.read()
    except FileNotFoundError:
        raise Fail("this host has no dpkg: its packages can't be listed") from None
    packages: dict[str, list[dict[str, str]]] = {}
    for package in status.packages():
        if dpkg_status.is_installed(package):
            entry = {
                "name": package.name,
                "version": package.version,
                "arch": package.arch,
                "category": package.section,
                "source": "apt",
            }
            packages.setdefault(package.name, []).append(entry)
    return {"changed": False, "ansible_facts": {"packages": packages}}
