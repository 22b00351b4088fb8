"""The cached base tree of a Debian release: what all hosts of all labs share, read-only."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from .errors import LabError
from .mirror import machine_mirror
from .process import CONTAINED, environment, locked, run, tail
from .requirements import KEYRING

RELEASES = ("bullseye", "bookworm", "trixie")
PACKAGES = (
    "ca-certificates",
    "dbus",
    "iproute2",
    "openssh-server",
    "python3",
    "python3-apt",
    "sudo",
    "systemd",
    "systemd-sysv",
)
SETUP = Path(__file__).with_name("base-setup.sh")


def ensure(release: str, state: Path, report: Callable[[str], None]) -> Path:
    """Return the base tree of a release, built first when it is not in the cache (about a minute).

    Args:
        release: a Debian code name out of `RELEASES`.
        state: the directory of all labs.
        report: is told what takes long.

    Raises:
        LabError: the release is unknown, or debootstrap failed.
    """
    if release not in RELEASES:
        raise LabError(f"unknown release '{release}'", hint=f"one of {', '.join(RELEASES)}")
    tree = state / "base" / f"{release}-{_recipe(release)}"
    with locked(state / "base" / f"{release}.lock"):
        if not tree.exists():
            report(f"building the {release} base tree (once, about a minute)")
            _build(release, tree)
    return tree


def packages(release: str) -> list[str]:
    """Return the packages that a base tree holds beside the minimal system."""
    return sorted([*PACKAGES, "doas" if release == "bullseye" else "opendoas"])


def _recipe(release: str) -> str:
    """Return a digest of all that decides what is in the tree, so that a change makes a new one."""
    recipe = "\n".join([*packages(release), SETUP.read_text()])
    return hashlib.sha256(recipe.encode()).hexdigest()[:10]


def _build(release: str, tree: Path) -> None:
    building = tree.with_name(f"{release}.building")
    log = tree.with_name(f"{release}.log")
    shutil.rmtree(building, ignore_errors=True)  # what an interrupted build left
    command = [
        *CONTAINED,
        "debootstrap",
        "--variant=minbase",
        f"--keyring={KEYRING}",
        f"--include={','.join(packages(release))}",
        release,
        str(building),
        machine_mirror().archive,
    ]
    with log.open("w") as output:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=environment(), check=False
        )
    if done.returncode:
        raise LabError(f"debootstrap of {release} failed: {tail(log.read_text(), 2)}", hint=f"see {log}")
    run(["chroot", building, "/bin/sh", "-s"], text=SETUP.read_text())
    building.rename(tree)
