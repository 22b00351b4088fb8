"""Releases of Debian and Ubuntu: until when each is supported."""

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


def end_of_life(system: str, codename: str, folder: str = FOLDER) -> str | None:
    """Return the last day of a release's free security support (YYYY-MM-DD), None where nobody knows.

    Source: the host's own distro-info data, which updates keep true; else a table of the common releases.
    """
    path = os.path.join(folder, system + ".csv")
    if os.path.exists(path):
        with open(path, encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                if row.get("series") == codename:
                    return next((row[name] for name in _ENDS.get(system, ()) if row.get(name)), None)
    return _KNOWN.get(codename)
