"""Ansible's `apt` with `deb`: package files that lie on the host or are fetched from a URL.

Apart from `apt`, so that what speaks HTTP is sent and loaded only where a file is wanted.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from typing import NamedTuple

from opsflow.target import apt, apt_get, dpkg_status
from opsflow.target.http import Client, Failed, content, without_password
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from typing import Any

    from opsflow.target.request import Request

TIMEOUT = 60.0  # seconds without an answer from a server

Deb = NamedTuple(
    "Deb",
    [("path", "str"), ("name", "str"), ("version", "str"), ("arch", "str")],
)


def run(request: Request, deb: str, **options: Any) -> dict[str, Any]:
    """Install package files with what they depend on, unless just these versions are installed.

    Args:
        deb: a path or a URL, or several with commas between them.
        options: the others of `apt`.
    """
    with _at_hand(request, deb.split(",")) as paths:
        debs = [_inspect(request, path) for path in paths]
        status = dpkg_status.read()
        missing = [one.path for one in debs if not _is_installed(status, one)]
        return apt.run(request, debs=missing, **options)


@contextlib.contextmanager
def _at_hand(request: Request, places: Sequence[str]) -> Generator[list[str]]:
    """Give the paths of package files, those with a URL fetched into a directory that is removed after."""
    folder = tempfile.mkdtemp(prefix="opsflow-deb-")
    try:
        os.chmod(folder, 0o755)  # noqa: S103 - apt reads it as its own user
        yield [_path(request, place.strip(), folder) for place in places]
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _path(request: Request, place: str, folder: str) -> str:
    if "://" in place:
        return _download(request, place, folder)
    path = os.path.abspath(os.path.expanduser(place))
    if not os.path.isfile(path):
        raise Fail("there is no package file '%s'" % path)
    return path


def _download(request: Request, url: str, folder: str) -> str:
    name = os.path.basename(url.partition("?")[0]) or "package.deb"
    path = os.path.join(folder, name if name.endswith(".deb") else name + ".deb")
    request.event("progress", message="Downloading %s" % name, percent=None)
    try:
        with open(path, "wb") as file:
            for chunk in content(Client(request, timeout=TIMEOUT), url):
                request.raise_if_cancelled()
                file.write(chunk)
    except Failed as error:
        raise Fail("cannot fetch %s: %s" % (without_password(url), error)) from error
    return path


def _inspect(request: Request, path: str) -> Deb:
    """Return what a package file is. Raises Fail when it is none."""
    argv = ["dpkg-deb", "--show", "--showformat", "${Package}\\n${Version}\\n${Architecture}\\n", path]
    done = apt_get.read(request, argv)
    if done.rc:
        raise Fail(
            "'%s' is not a package file: %s" % (path, done.stderr.strip()), rc=done.rc, stderr=done.stderr
        )
    name, version, arch = done.stdout.split()
    return Deb(path, name, version, arch)


def _is_installed(status: dpkg_status.Status, deb: Deb) -> bool:
    """Tell whether just this version of the package is installed."""
    name = deb.name if deb.arch == "all" else "%s:%s" % (deb.name, deb.arch)
    return status.installed_version(name) == deb.version
