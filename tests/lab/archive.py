"""Debian's packages that the cases need, in an archive of their own: apt reads all of Debian's in seconds.

It is made once for a base tree, beside that, with what the tree needs to install them.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Sequence
from pathlib import Path

from opsflow.lab import Lab
from opsflow.lab.base import ensure
from opsflow.lab.mirror import machine_mirror
from opsflow.lab.process import locked, run
from opsflow.lab.record import state_directory
from opsflow.lab.requirements import KEYRING

NAME = "cases"


def offer(lab: Lab, release: str, packages: Sequence[str]) -> str:
    """Let a lab's web server show packages and all that they need; return the line of a sources.list."""
    archive = _archive(ensure(release, state_directory(), lambda _: None), release, sorted(packages))
    (lab.repo.directory / NAME).symlink_to(archive)
    return f"deb [trusted=yes] {lab.repo.url}{NAME} ./\n"


def _archive(tree: Path, release: str, packages: list[str]) -> Path:
    """Return the archive for a base tree, made first when it is not there."""
    status = tree / "var/lib/dpkg/status"
    recipe = " ".join(packages).encode() + status.read_bytes()
    archive = tree.with_name(f"{NAME}-{hashlib.sha256(recipe).hexdigest()[:10]}")
    with locked(archive.with_name(f"{NAME}.lock")):
        if not archive.exists():
            building = archive.with_name(f"{NAME}.building")
            shutil.rmtree(building, ignore_errors=True)  # what an interrupted one left
            _fetch(building, status, release, packages)
            (building / "Packages").write_text(run(["apt-ftparchive", "packages", "."], cwd=building))
            building.rename(archive)
    return archive


def _fetch(directory: Path, status: Path, release: str, packages: list[str]) -> None:
    """Fetch packages and what a system with such a status of dpkg lacks for them."""
    state = directory / "apt"
    for part in ("lists/partial", "archives/partial"):
        (state / part).mkdir(parents=True)
    (state / "sources.list").write_text(_sources(release))
    settings = {
        "Dir::Etc::SourceList": state / "sources.list",
        "Dir::Etc::SourceParts": "-",
        "Dir::Etc::PreferencesParts": "-",
        "Dir::State": state,
        "Dir::State::status": status,
        "Dir::Cache": state,
        "APT::Sandbox::User": "root",
        "Acquire::Languages": "none",
    }
    apt = ["apt-get", "-q", "-y", *(f"-o{key}={value}" for key, value in settings.items())]
    run([*apt, "update"])
    run([*apt, "install", "--download-only", "--no-install-recommends", *packages])
    for deb in state.glob("archives/*.deb"):
        deb.rename(directory / deb.name)
    shutil.rmtree(state)


def _sources(release: str) -> str:
    mirror = machine_mirror()
    options = f"[check-valid-until=no check-date=no signed-by={KEYRING}]"
    return (
        f"deb {options} {mirror.archive} {release} main\n"
        f"deb {options} {mirror.archive} {release}-updates main\n"
        f"deb {options} {mirror.security} {release}-security main\n"
    )
