"""Ansible's `apt_repository` with a PPA of Launchpad: its line, and its signing key.

Apart from `apt_repository`, so that what speaks HTTP is sent only where it is wanted.
"""

from __future__ import annotations

import json
import os

from opsflow.target import apt_repository, files, os_info
from opsflow.target.http import Client, Failed, content
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.request import Request

_API = "https://api.launchpad.net/devel"
_ARCHIVE = "https://ppa.launchpadcontent.net"


def run(
    request: Request,
    repo: str,
    state: str = "present",
    codename: str | None = None,
    validate_certs: bool = True,
    directory: str = apt_repository.ETC,
    api: str = _API,
    **options: Any,
) -> dict[str, Any]:
    """Add `ppa:OWNER/NAME` with its key, or remove its line. Raises Fail when Launchpad does not answer.

    Args:
        directory: where apt's configuration is.
        api: where Launchpad answers.
        options: the others of `apt_repository.run`.
    """
    owner, _, name = repo[len("ppa:") :].strip().partition("/")
    name = name or "ppa"
    codename = codename or os_info.run(request)["codename"]
    if not owner or not codename:
        raise Fail("Invalid repository string: %s (for a release named '%s')" % (repo, codename))
    line = "deb %s/%s/%s/ubuntu %s main" % (_ARCHIVE, owner, name, codename)
    if state == "present" and line not in apt_repository.SourceLists(directory).enabled():
        key = _signing_key(request, api, owner, name, validate_certs)
        path = os.path.join(directory, "trusted.gpg.d", "%s-ubuntu-%s.asc" % (owner, name))
        if not request.check and files.checksum(path) is None:
            files.replace(request, path, [key], {"mode": "0644"})
        if not options.get("filename"):
            options["filename"] = apt_repository.suggested_name("%s_%s" % (repo, codename))
    return apt_repository.run(request, repo, state, line=line, directory=directory, **options)


def _signing_key(request: Request, api: str, owner: str, name: str, validate_certs: bool) -> bytes:
    """Return the armored key that signs a PPA."""
    url = "%s/~%s/+archive/ubuntu/%s?ws.op=getSigningKeyData" % (api, owner, name)
    what = "Launchpad does not give the signing key of ppa:%s/%s: %%s" % (owner, name)
    client = Client(request, validate_certs=validate_certs, headers={"Accept": "application/json"})
    try:
        text = b"".join(content(client, url)).decode("utf-8", "replace")
    except Failed as failed:
        raise Fail(what % failed, url=url) from None
    try:
        key = json.loads(text)
    except ValueError:
        key = text
    if not isinstance(key, str) or "BEGIN PGP PUBLIC KEY BLOCK" not in key:
        raise Fail(what % "the answer is no key", url=url)
    return key.encode()
