"""A host's way from one release of Debian to the next: everything fetched, then sources, then packages.

What comes over the network is fetched aside before anything on the host changes. Then its sources change,
and are put back where no package has changed yet. After that the only way is forward: a second call goes on.
"""

from __future__ import annotations

import contextlib
import os
import shutil

from opsflow.target import (
    apt_cache,
    apt_locks,
    apt_private,
    apt_upgrade,
    dpkg_status,
    files,
    release_next,
)
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator, Iterable
    from typing import Any

    from opsflow.target.apt_transaction import Transaction
    from opsflow.target.release_next import Moved, Release
    from opsflow.target.request import Request
    from opsflow.target.upgrade_record import Record

EVERYTHING: dict[str, Any] = {
    "mode": "dist",
    "only": [],
    "exclude": [],
    "security": False,
    "autoremove": False,
    "purge": False,
}


@contextlib.contextmanager
def up_to_date(request: Request, moved: Moved, lock_timeout: float) -> Generator[None]:
    """Let the request see fresh lists of the release that the host runs."""
    if moved.pinned:
        with apt_private.fresh_lists(request, 0, dict(moved.before, **moved.pinned)):
            yield
        return
    apt_cache.refresh(request, lock_timeout=lock_timeout, retries=3)
    yield


@contextlib.contextmanager
def of_new_release(request: Request, moved: Moved, new: Release) -> Generator[dict[str, Any]]:
    """Let the request see the lists of a new release; give what it would change, by apt's simulation.

    Raises Fail where the release is not there.
    """
    request.event("progress", message="Fetching the lists of %s" % new.codename, percent=None)
    with apt_private.fresh_lists(request, 0, moved.after) as as_of:
        found = release_next.judged(request, new)
        if not found.available:
            raise Fail("nothing was changed: %s" % found.reason)
        yield dict(apt_upgrade.plan(request, **EVERYTHING), as_of=as_of)


def hand_over(request: Request) -> None:
    """Copy the lists that a request sees to the host's own, which stay."""
    folder = apt_private.lists(request)
    for entry in os.scandir(folder):
        if entry.is_file() and entry.name != "lock":
            shutil.copy2(entry.path, apt_cache.LISTS)


def back_up(record: Record, paths: Iterable[str]) -> None:
    """Keep files of sources beside the record."""
    for path in paths:
        copy = record.folder + "/sources" + path
        os.makedirs(os.path.dirname(copy), 0o700, exist_ok=True)
        shutil.copy2(path, copy)


def write_sources(request: Request, record: Record) -> None:
    """Write the sources of the new release."""
    for path, text in record.data["sources"].items():
        files.replace(request, os.path.realpath(path), [text.encode("utf-8", "surrogateescape")], {})


def fetch_lists(request: Request, lock_timeout: float) -> None:
    """Fetch the lists of the new release; those of the old one stay as well. Raises Fail."""
    kept = ["-o", "APT::Get::List-Cleanup=false"]
    apt_cache.fetch(request, apt_locks.LISTS, lock_timeout, options=kept)


def put_back(record: Record) -> None:
    """Put the sources back as they were, be it for somebody who has cancelled."""
    changed: dict[str, str] = record.data["sources"]
    for path in changed:
        real = os.path.realpath(path)
        new = os.path.join(os.path.dirname(real), "." + os.path.basename(real) + ".opsflow")
        shutil.copy2(record.folder + "/sources" + path, new)
        os.replace(new, real)


def change_packages(request: Request, transaction: Transaction) -> None:
    """Upgrade what needs no new packages first, then all. Raises Fail."""
    for told, arguments in (
        ("Upgrading what needs no new packages", ["upgrade", "--without-new-pkgs"]),
        ("Upgrading everything", ["dist-upgrade"]),
    ):
        request.event("progress", message=told, percent=None)
        transaction.change(arguments)


def expected(request: Request) -> dict[str, str | None]:
    """Return the versions that packages will have, by apt's simulation."""
    _, simulation, _ = apt_upgrade.settle(request, apt_upgrade.Wanted(**EVERYTHING), None)
    found: dict[str, str | None] = {
        one["name"]: one["new"] for one in simulation.upgrade + simulation.install
    }
    found.update({one["name"]: None for one in simulation.remove})
    return found


def untouched(record: Record) -> bool:
    """Tell whether no package has changed since a record was begun."""
    status = dpkg_status.read()
    return status.versions() == record.data["before"]["versions"] and not status.unfinished()
