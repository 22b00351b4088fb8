"""Releases of Debian and Ubuntu: until when each is supported, and which one follows."""

from __future__ import annotations

import csv
import os

FOLDER = "/usr/share/distro-info"
_ENDS = {"debian": ("eol-lts", "eol"), "ubuntu": ("eol-server", "eol")}

# The releases that fleets run, for hosts without the package distro-info-data: its dates of 2026.
_KNOWN = {
    "bullseye": "2026-08-31",
    "bookworm": "2028-06-30",
    "trixie": "2030-06-30",
    "focal": "2025-05-31",
    "jammy": "2027-06-01",
    "noble": "2029-05-31",
}
_FOLLOWING = {
    "buster": ("11", "bullseye"),
    "bullseye": ("12", "bookworm"),
    "bookworm": ("13", "trixie"),
    "trixie": ("14", "forky"),
    "forky": ("15", "duke"),
}


def end_of_life(system: str, codename: str, folder: str = FOLDER) -> str | None:
    """Return the last day of a release's free security support (YYYY-MM-DD), None where nobody knows.

    Source: the host's own distro-info data, which updates keep true; else a table of the common releases.
    """
    for row in _rows(system, folder):
        if row.get("series") == codename:
            return next((row[name] for name in _ENDS.get(system, ()) if row.get(name)), None)
    return _KNOWN.get(codename)


def following(codename: str, folder: str = FOLDER) -> tuple[str, str] | None:
    """Return version and code name of Debian's release after another, None where nobody knows.

    Source: the host's own distro-info data, whose rows are in the order of releases; else a table.
    """
    numbered = [row for row in _rows("debian", folder) if row.get("version")]
    names = [row.get("series") for row in numbered]
    if codename in names[:-1]:
        after = numbered[names.index(codename) + 1]
        return after["version"] or "", after["series"] or ""
    return _FOLLOWING.get(codename)


def _rows(system: str, folder: str) -> list[dict[str, str | None]]:
    path = os.path.join(folder, system + ".csv")
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
