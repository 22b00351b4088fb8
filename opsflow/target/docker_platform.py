"""Names of platforms: linux/amd64 and all the other ways to say that."""

from __future__ import annotations

from opsflow.target.docker_api import as_list

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.docker_option import Wanted

_ARCHITECTURES = {
    "x86_64": "amd64", "x86-64": "amd64", "aarch64": "arm64", "i386": "386", "armhf": "arm/v7",
    "armel": "arm/v6",
}  # fmt: skip
_PLAIN = {"amd64/v1": "amd64", "arm64/v8": "arm64", "arm64/8": "arm64", "arm/v7": "arm"}
"""Variants that go without saying."""
_SYSTEMS = ("linux", "windows", "darwin", "freebsd", "netbsd", "openbsd", "solaris", "android", "aix")


def normal(platform: str, system: str, architecture: str) -> str:
    """Return a platform as system and architecture; the daemon's own are what is not said."""
    parts = platform.lower().replace("macos", "darwin").split("/")
    if len(parts) == 1:
        parts = [parts[0], architecture] if parts[0] in _SYSTEMS else [system, parts[0]]
    machine = "/".join([_ARCHITECTURES.get(parts[1], parts[1]), *parts[2:]])
    return parts[0] + "/" + _PLAIN.get(machine, machine)


def expect(wanted: Wanted, platform: str | None) -> Any:
    """Return the platform where the image of the container is for another one."""
    if platform is None or wanted.current is None:
        return platform
    info = wanted.api.get("/info")
    system, machine = info.get("OSType", "linux"), info.get("Architecture", "amd64")
    own = [wanted.current.get("Os") or system, wanted.current.get("Architecture") or machine]
    has = normal("/".join(own + as_list(wanted.current.get("Variant") or None)), system, machine)
    wish = normal(platform, system, machine)
    return None if wish == has else wish
