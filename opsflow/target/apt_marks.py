"""Which packages apt believes to be there only because others need them."""

from __future__ import annotations

import re

from opsflow.target import apt_get, dpkg_status

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from opsflow.target.request import Request

EXTENDED_STATES = "/var/lib/apt/extended_states"


_FIELD = re.compile("^(Package|Architecture|Auto-Installed): *(.*)$", re.M)


def automatic(path: str = EXTENDED_STATES, admin: str = dpkg_status.ADMIN) -> set[str]:
    """Return the packages that are marked as automatically installed, named as `Status.versions` does."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            stanzas = file.read().split("\n\n")
    except FileNotFoundError:
        return set()
    native = dpkg_status.native(admin)
    found: set[str] = set()
    for fields in (dict(_FIELD.findall(stanza)) for stanza in stanzas):
        if fields.get("Auto-Installed") == "1":
            foreign = native and fields.get("Architecture", native) != native
            found.add(fields["Package"] + (":" + fields["Architecture"] if foreign else ""))
    return found


def mark(request: Request, kind: str, names: Iterable[str]) -> None:
    """Mark packages `auto` or `manual`; no names start no process."""
    chosen = sorted(names)
    if chosen:
        apt_get.read(request, ["apt-mark", kind, *chosen]).check("apt-mark " + kind)
