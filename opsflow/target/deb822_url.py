"""Ansible's `deb822_repository` with the URL of a key.

Apart from `deb822`, so that what speaks HTTP is sent only where it is wanted.
"""

from __future__ import annotations

from opsflow.target import deb822
from opsflow.target.http import Client, Failed, content, without_password
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.request import Request


def run(request: Request, fields: dict[str, Any], **options: Any) -> dict[str, Any]:
    """Fetch the key that the URL in `signed_by` gives, and go on with `deb822.run`."""
    url = fields["signed_by"]
    try:
        key = b"".join(content(Client(request), url))
    except Failed as failed:
        raise Fail("Could not fetch signed_by key: %s: %s" % (without_password(url), failed)) from None
    return deb822.run(request, fields=fields, key=key, **options)
