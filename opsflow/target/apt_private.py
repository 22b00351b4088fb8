"""Fresh lists of packages in a directory of their own, so that a plan is true and the host stays as it is."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import time

from opsflow.target import apt_cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator

    from opsflow.target.request import Request

PLACE = "/var/tmp"  # a disk, as /tmp may be a small memory
PREFIX = "opsflow-lists-"
MAIN = "/etc/apt/apt.conf"

# Read after all other configuration. What other programs hang on an update is not run: it changes the host.
_CONFIGURATION = """
Dir::State::lists "%(folder)s/lists";
Dir::Cache::pkgcache "%(folder)s/pkgcache.bin";
Dir::Cache::srcpkgcache "%(folder)s/srcpkgcache.bin";
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
"""

_RELEASES_ONLY = """
Acquire::IndexTargets::deb::Packages::DefaultEnabled "false";
Acquire::IndexTargets::deb::Translations::DefaultEnabled "false";
Acquire::IndexTargets::deb-src::Sources::DefaultEnabled "false";
"""


def lists(request: Request) -> str:
    """Return the directory of the lists that apt reads when the request runs it."""
    folder = os.path.dirname(request.env.get("APT_CONFIG", ""))
    return os.path.join(folder, "lists") if os.path.basename(folder).startswith(PREFIX) else apt_cache.LISTS


@contextlib.contextmanager
def fresh_lists(
    request: Request, valid_for: int, sources: dict[str, str] | None = None, releases_only: bool = False
) -> Generator[int]:
    """Let all that the request runs see fresh lists; give when they were fetched (seconds, epoch).

    Args:
        valid_for: lists of the host that are younger than so many seconds are used as they are.
        sources: texts of files of sources by their paths, instead of the host's own.
        releases_only: fetch only what archives say about themselves, and no packages.

    Raises:
        Fail: naming what could not be fetched.
    """
    known = apt_cache.update_time()
    if sources is None and valid_for and time.time() <= known + valid_for:
        yield known
        return
    folder = tempfile.mkdtemp(prefix=PREFIX, dir=PLACE)
    environment = request.env
    try:
        os.chmod(folder, 0o755)  # noqa: S103 - apt fetches as a user of its own
        _prepare(folder, copied=not releases_only, more=_others(folder, sources, releases_only))
        request.env = dict(environment, APT_CONFIG=os.path.join(folder, "first.conf"))
        apt_cache.fetch(request, locks=[os.path.join(folder, "lists", "lock")])
        yield int(time.time())
    finally:
        request.env = environment
        shutil.rmtree(folder, ignore_errors=True)


def _others(folder: str, sources: dict[str, str] | None, releases_only: bool) -> str:
    """Write other sources, and return the configuration that goes with them."""
    found = _RELEASES_ONLY if releases_only else ""
    if sources is None:
        return found
    parts = os.path.join(folder, "sources.list.d")
    os.mkdir(parts, 0o700)  # an address may hold a password
    for path, text in sources.items():
        _write(os.path.join(parts, os.path.basename(path)), text)
    return found + 'Dir::Etc::sourcelist "/dev/null";\nDir::Etc::sourceparts "%s";\n' % parts


def _prepare(folder: str, copied: bool, more: str) -> None:
    """Copy the host's lists, of which most are still good, and write the configuration."""
    lists = os.path.join(folder, "lists")
    os.makedirs(os.path.join(lists, "partial"))
    theirs = apt_cache.LISTS
    wanted = copied and os.path.isdir(theirs)
    entries: list[os.DirEntry[str]] = list(os.scandir(theirs)) if wanted else []
    for entry in entries:
        if entry.is_file() and entry.name != "lock":
            shutil.copy2(entry.path, lists)
    main = ""
    if os.path.exists(MAIN):
        with open(MAIN, encoding="utf-8", errors="surrogateescape") as file:
            main = file.read()
    _write(os.path.join(folder, "main.conf"), main + _CONFIGURATION % {"folder": folder} + more)
    _write(os.path.join(folder, "first.conf"), 'Dir::Etc::main "%s/main.conf";\n' % folder)


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="utf-8", errors="surrogateescape") as file:
        file.write(text)
