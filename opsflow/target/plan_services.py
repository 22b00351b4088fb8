"""Services that will run replaced files: what their processes have mapped, against the files of packages."""

from __future__ import annotations

import os
import re

from opsflow.target.service_processes import scripts, service_of, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

INFO = "/var/lib/dpkg/info"

_CODE = re.compile(rb"^\S+ \S\Sx\S \S+ \S+ \d+ +(/.+?)(?: \(deleted\))?$", re.M)


def running(names: Iterable[str], native: str, proc: str = "/proc", info: str = INFO) -> list[str]:
    """Return the running units that the packages' files belong to, or that have mapped them as code.

    Each process's map is read once. Other users' maps are for root alone: anybody else gets what is known of
    their own. What is not a service of the system (logins, containers, systemd itself) is left out.

    Args:
        names: packages, by dpkg's names.
        native: the host's architecture.
    """
    users: dict[str, set[str]] = {}
    for unit, path in _used(proc):
        for alias in _aliases(path):
            users.setdefault(alias, set()).add(unit)
    found: set[str] = set()
    for name in names:
        for path in _files(name, native, info) & users.keys():
            found |= users[path]
    return sorted(found)


def _used(proc: str) -> Iterator[tuple[str, str]]:
    """Yield each service and the files that it runs: code, scripts, and the unit's own file."""
    for pid in os.listdir(proc):
        folder = os.path.join(proc, pid)
        unit = service_of(folder) if pid.isdigit() else None
        if unit is None:
            continue
        name = re.sub(r"@.*", "@", unit[: -len(".service")])
        yield unit, "/usr/lib/systemd/system/%s.service" % name
        yield unit, "/etc/init.d/" + name
        for path in scripts(folder) | _mapped(folder):
            yield unit, path


def _mapped(folder: str) -> set[str]:
    found = _CODE.findall(text(os.path.join(folder, "maps")))
    return {path.decode("utf-8", "surrogateescape") for path in found}


def _aliases(path: str) -> list[str]:
    """Return the names that a file below /usr has where /lib and its like are links."""
    if not path.startswith("/usr/"):
        return [path]
    top = path.split("/")[2]
    return [path, path[len("/usr") :]] if os.path.islink("/" + top) else [path]


def _files(name: str, native: str, info: str) -> set[str]:
    plain, _, arch = name.partition(":")
    for known in (name, "%s:%s" % (plain, arch or native)):
        path = os.path.join(info, known + ".list")
        if os.path.exists(path):
            return set(os.fsdecode(text(path)).split("\n"))
    return set()
