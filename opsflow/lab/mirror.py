"""Where this machine gets its Debian packages from: the lab's hosts come from there too."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

APT = Path("/etc/apt")
DEFAULT_ARCHIVE = "http://deb.debian.org/debian"
DEFAULT_SECURITY = "http://deb.debian.org/debian-security"


@dataclass(frozen=True, slots=True)
class Mirror:
    """The addresses of a Debian archive and of its security updates."""

    archive: str
    security: str


def machine_mirror(apt: Path = APT) -> Mirror:
    """Return the mirror of the machine's own apt sources, else Debian's own.

    OPSFLOW_LAB_MIRROR, the address of an archive, wins over both.
    """
    uris = [uri.rstrip("/") for uri in _uris(apt)]
    chosen = os.environ.get("OPSFLOW_LAB_MIRROR", "").rstrip("/")
    archive = chosen or _ending_in(uris, "/debian") or DEFAULT_ARCHIVE
    return Mirror(archive, _ending_in(uris, "/debian-security") or DEFAULT_SECURITY)


def _ending_in(uris: list[str], ending: str) -> str | None:
    return next((uri for uri in uris if uri.endswith(ending)), None)


def _uris(apt: Path) -> Iterator[str]:
    for path in [apt / "sources.list", *sorted((apt / "sources.list.d").glob("*.*"))]:
        text = path.read_text(errors="replace") if path.is_file() else ""
        if path.suffix == ".sources":
            for value in re.findall(r"^URIs:(.*)$", text, re.MULTILINE | re.IGNORECASE):
                yield from value.split()
        else:
            yield from re.findall(r"^deb\s+(?:\[[^]]*\]\s+)?(\S+)", text, re.MULTILINE)
