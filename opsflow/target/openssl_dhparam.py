"""Parameters for Diffie-Hellman, made by openssl."""

from __future__ import annotations

import os

from opsflow.target import attributes, der, files, openssl
from opsflow.target.paths import expand
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.request import Request


def run(request: Request, path: str, state: str, size: int = 4096, **want: Any) -> dict[str, Any]:
    """Bring the file to hold parameters of a size, or remove it."""
    wanted = attributes.split(want)
    path = expand(request, path)
    result: dict[str, Any] = {"changed": False, "filename": path, "size": size}
    if state == "absent":
        if os.path.exists(path):
            result["changed"] = True
            if not request.check:
                if want["backup"]:
                    result["backup_file"] = files.back_up(path)
                os.unlink(path)
        return result
    text = _read(path)
    if want["force"] or _bits(text) != size:
        result["changed"] = True
        if not request.check:
            request.event("progress", message="making parameters of %d bits" % size)
            text = openssl.output(openssl.call(request, "dhparam", str(size)), "openssl dhparam")
            written = files.replace(request, path, [text], wanted, want["backup"])
            if written.backup:
                result["backup_file"] = written.backup
    if os.path.exists(path):
        result["changed"] = attributes.apply(request, path, wanted) or result["changed"]
    if want["return_content"]:
        result["dhparams"] = text.decode("ascii", "replace")
    return result


def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        return b""


def _bits(text: bytes) -> int | None:
    """Return the size of parameters; None where there are none that can be read."""
    try:
        parts = der.read(der.from_pem(text, "DH PARAMETERS", "X9.42 DH PARAMETERS")).children
        return parts[0].number.bit_length()
    except (Fail, IndexError):
        return None
