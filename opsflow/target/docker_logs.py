"""What a container wrote."""

from __future__ import annotations

import struct

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from opsflow.target.docker_api import Docker

_READABLE = ("json-file", "journald", "local")
_STREAMS = {1: "stdout", 2: "stderr"}


def output(api: Docker, name: str, show: bool) -> str:
    """Return all that a container wrote; with `show` a person sees its lines as well."""
    config = api.get("/containers/%s/json", name)
    driver = config["HostConfig"]["LogConfig"]["Type"]
    if driver not in _READABLE:
        return "Result logged using `%s` driver" % driver
    data = b"".join(api.chunks("/containers/%s/logs", name, stdout=1, stderr=1))
    pieces = [("stdout", data)] if config["Config"]["Tty"] else list(parts(data))
    if show:
        for stream, piece in pieces:
            for line in piece.decode("utf-8", "replace").splitlines():
                api.request.event("output", stream=stream, line=line)
    return b"".join(piece for _, piece in pieces).decode("utf-8", "replace")


def parts(data: bytes) -> Iterable[tuple[str, bytes]]:
    """Yield what each stream wrote: Docker puts stream and length before each piece."""
    while len(data) >= 8:
        stream, size = struct.unpack(">B3xI", data[:8])
        yield _STREAMS.get(stream, "stdout"), data[8 : 8 + size]
        data = data[8 + size :]
