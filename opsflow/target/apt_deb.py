"""Package files: fetching them, and what they hold."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import urllib.error
import urllib.request
from typing import NamedTuple

from opsflow.target import apt_get, dpkg_status
from opsflow.target.runner import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from opsflow.target.runner import Request

TIMEOUT = 60.0  # seconds without an answer from a server

Deb = NamedTuple(
    "Deb",
    [("path", "str"), ("name", "str"), ("version", "str"), ("arch", "str")],
)


@contextlib.contextmanager
def fetched(request: Request, places: Sequence[str]) -> Generator[list[str]]:
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
    environ = request.environ()
    proxies = {
        scheme: value
        for scheme in ("http", "https", "ftp")
        for value in [environ.get(scheme + "_proxy") or environ.get(scheme.upper() + "_PROXY")]
        if value
    }
    opener = urllib.request.build_opener(urllib.request.ProxyHandler(proxies))
    request.event("progress", message="Downloading %s" % name, percent=None)
    try:
        with opener.open(url, timeout=TIMEOUT) as answer, open(path, "wb") as file:
            shutil.copyfileobj(answer, file)
    except urllib.error.HTTPError as error:
        raise Fail("cannot fetch %s: the server answers %d %s" % (url, error.code, error.reason)) from error
    except urllib.error.URLError as error:
        raise Fail("cannot fetch %s: %s" % (url, error.reason)) from error
    return path


def inspect(request: Request, path: str) -> Deb:
    """Return what a package file is. Raises Fail when it is none."""
    argv = ["dpkg-deb", "--show", "--showformat", "${Package}\\n${Version}\\n${Architecture}\\n", path]
    done = apt_get.read(request, argv)
    if done.rc:
        raise Fail(
            "'%s' is not a package file: %s" % (path, done.stderr.strip()), rc=done.rc, stderr=done.stderr
        )
    name, version, arch = done.stdout.split()
    return Deb(path, name, version, arch)


def is_installed(status: dpkg_status.Status, deb: Deb) -> bool:
    """Tell whether just this version of the package is installed."""
    name = deb.name if deb.arch == "all" else "%s:%s" % (deb.name, deb.arch)
    return status.installed_version(name) == deb.version
