"""The servers that cases can ask for: databases, one for files of the case, one that takes mail."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.support.databases import SERVERS
from tests.support.databases import Server as Place
from tests.support.servers import Server, Sink


class _Files(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Keep quiet."""


@contextmanager
def _files(directory: Path) -> Generator[Place]:
    """Serve the directory `files` of a case by HTTP."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Files, directory=str(directory / "files")))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield Place("", server.server_port)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def _smtp() -> Generator[Place]:
    """Take mail, but for people whose name begins with `no`."""
    server = Server(Sink())
    server.start()
    try:
        yield Place("", server.port)
    finally:
        server.stop()


def server_of(kind: str, directory: Path) -> AbstractContextManager[Place]:
    """Return the server of a kind, for a case in a directory."""
    kinds: dict[str, Callable[[], AbstractContextManager[Place]]] = {
        **SERVERS,
        "files": partial(_files, directory),
        "smtp": _smtp,
    }
    return kinds[kind]()
