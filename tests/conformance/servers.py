"""The servers that cases can ask for: databases, one for files of the case, one that takes mail, Slack."""

from __future__ import annotations

import tempfile
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
from tests.support.slack import serving


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


_SLACK: dict[str, Any] = {
    "chat.postMessage": {"ok": True, "ts": "17.1", "channel": "C1"},
    "chat.update": {"ok": True, "ts": "17.1", "channel": "C1"},
    "conversations.history": {
        "ok": True,
        "messages": [
            {"ts": "17.1", "channel": "C1", "text": "as it was", "icon_emoji": None, "blocks": None}
        ],
    },
    "files.getUploadURLExternal": {"ok": True, "file_id": "F1", "upload_url": "https://files.slack.com/up"},
    "files.completeUploadExternal": {"ok": True, "files": [{"id": "F1", "title": "file"}]},
    "no-such-hook": 404,
}


@contextmanager
def _slack() -> Generator[Place]:
    """Answer as Slack does; the proxy at the port leads there."""
    with tempfile.TemporaryDirectory() as directory, serving(Path(directory)) as server:
        server.answers.update(_SLACK)
        yield Place("", server.server_port)


def server_of(kind: str, directory: Path) -> AbstractContextManager[Place]:
    """Return the server of a kind, for a case in a directory."""
    kinds: dict[str, Callable[[], AbstractContextManager[Place]]] = {
        **SERVERS,
        "files": partial(_files, directory),
        "slack": _slack,
        "smtp": _smtp,
    }
    return kinds[kind]()
