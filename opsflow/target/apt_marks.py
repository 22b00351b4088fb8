"""Which packages apt believes to be there only because others need them."""

from __future__ import annotations

from opsflow.target import apt_get

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from opsflow.target.runner import Request

EXTENDED_STATES = "/var/lib/apt/extended_states"


def automatic(path: str = EXTENDED_STATES) -> set[str]:
    """Return the names of the packages that are marked as automatically installed."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            stanzas = file.read().split("\n\n")
    except FileNotFoundError:
        return set()
    return {
        line[len("Package: ") :]
        for stanza in stanzas
        if "Auto-Installed: 1" in stanza
        for line in stanza.splitlines()
        if line.startswith("Package: ")
    }


def mark(request: Request, kind: str, names: Iterable[str]) -> None:
    """Mark packages `auto` or `manual`; no names start no process."""
    chosen = sorted(names)
    if chosen:
        apt_get.read(request, ["apt-mark", kind, *chosen]).check("apt-mark " + kind)
