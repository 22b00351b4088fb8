"""Ansible's `unarchive` with a URL. Apart, so that what speaks HTTP is sent only where it is wanted."""

from __future__ import annotations

import os
import urllib.parse

from opsflow.target import unarchive
from opsflow.target.http import Client, Failed, content, without_password
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.request import Request


def run(request: Request, src: str, validate_certs: bool = True, **options: Any) -> dict[str, Any]:
    """Fetch an archive and unpack it."""
    skipped = unarchive.skip(request, options)
    if skipped:
        return skipped
    name = os.path.basename(urllib.parse.urlsplit(src).path) or "archive"
    request.event("progress", message="downloading %s" % name, percent=None)
    with unarchive.temporary(name) as path:
        try:
            unarchive.save(path, content(Client(request, validate_certs=validate_certs), src))
        except Failed as failed:
            raise Fail("Failure downloading %s, %s" % (without_password(src), failed)) from None
        return unarchive.unpack(request, path, **options)
