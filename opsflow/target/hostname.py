"""The name of a host: the kernel's, and the one that it boots with."""

from __future__ import annotations

import os
import re
import socket

from opsflow.target import files
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.request import Request

_PATH = "/etc/hostname"
_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,62}[A-Za-z0-9])?$")


def run(request: Request, name: str) -> dict[str, Any]:
    """Set the name of the running system and that in /etc/hostname, where they differ from `name`."""
    if not _NAME.match(name):
        raise Fail("'%s' can't be a host's name: use letters, digits, '-' and '.', at most 64" % name)
    current, permanent = os.uname().nodename, _permanent()
    changed = (current, permanent) != (name, name)
    if changed and not request.check:
        if permanent != name:
            files.replace(request, _PATH, [name.encode() + b"\n"], {"mode": "0644"})
        if current != name:
            socket.sethostname(name)
    result: dict[str, Any] = {"changed": changed, "name": name, "ansible_facts": _facts(name)}
    if changed and request.diff:
        before = "hostname = %s\n" % (permanent if permanent != name else current)
        result["diff"] = {"before": before, "after": "hostname = %s\n" % name}
    return result


def _permanent() -> str:
    try:
        with open(_PATH) as file:
            return next((line.strip() for line in file if line.strip() and line[0] != "#"), "")
    except OSError:
        return ""


def _facts(name: str) -> dict[str, str]:
    fqdn = socket.getfqdn(name)
    return {
        "ansible_hostname": name.split(".")[0],
        "ansible_nodename": name,
        "ansible_fqdn": fqdn,
        "ansible_domain": ".".join(fqdn.split(".")[1:]),
    }
