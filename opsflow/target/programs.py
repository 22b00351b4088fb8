"""Finding the programs that a module needs."""

from __future__ import annotations

import shutil

from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from opsflow.target.request import Request


def which(request: Request, name: str) -> str | None:
    """Return where a program is, also in the directories for administrators; None if it is nowhere."""
    path = request.environ().get("PATH", "/usr/local/bin:/usr/bin:/bin")
    return shutil.which(name, path=path + ":/usr/local/sbin:/usr/sbin:/sbin")


def need(request: Request, name: str, package: str) -> str:
    """Return where a program is. Raises Fail that names the package to install."""
    found = which(request, name)
    if found is None:
        raise Fail("'%s' is not installed on this host: install the package %s" % (name, package))
    return found
