"""Ansible's `apt_key` with a URL. Apart, so that what speaks HTTP is sent only where it is wanted."""

from __future__ import annotations

from opsflow.target import apt_key
from opsflow.target.http import Client, Failed, content, without_password
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.request import Request


def run(request: Request, url: str, validate_certs: bool = True, **options: Any) -> dict[str, Any]:
    """Do what `apt_key.run` does with a key that is fetched, unless it is known to be there."""

    def fetch() -> bytes:
        try:
            return b"".join(content(Client(request, validate_certs=validate_certs), url))
        except Failed as failed:
            raise Fail("Failed to download key at %s: %s" % (without_password(url), failed)) from None

    return apt_key.ensure(request, fetch, **options)
