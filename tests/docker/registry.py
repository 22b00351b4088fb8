"""A registry of images, small and in memory: enough of its protocol for a daemon to push, pull and log in."""

from __future__ import annotations

import base64
import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

USER, PASSWORD = "deploy", "much secret"


class Registry(ThreadingHTTPServer):
    """What was pushed, by digest and by name; `closed` to those who are not logged in."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.blobs: dict[str, bytes] = {}
        self.manifests: dict[str, tuple[str, bytes]] = {}
        self.closed = False

    @property
    def name(self) -> str:
        return f"127.0.0.1:{self.server_port}"

    def keep(self, data: bytes) -> str:
        digest = "sha256:" + hashlib.sha256(data).hexdigest()
        self.blobs[digest] = data
        return digest


class Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Registry

    def handle_one_request(self) -> None:
        self.body = b""
        super().handle_one_request()

    def _read(self) -> bytes:
        if self.headers.get("Transfer-Encoding") == "chunked":
            parts: list[bytes] = []
            while size := int(self.rfile.readline().strip(), 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(parts)
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _answer(self, status: int, data: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def _refused(self) -> bool:
        wanted = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        if not self.server.closed or self.headers.get("Authorization") == wanted:
            return False
        refusal = b'{"errors": [{"code": "UNAUTHORIZED", "message": "authentication required"}]}'
        self._answer(401, refusal, Www_Authenticate='Basic realm="lab"', Content_Type="application/json")
        return True

    def do_GET(self) -> None:
        if self._refused():
            return
        *_, kind, name = self.path.split("/")
        if self.path == "/v2/":
            self._answer(200, b"{}")
        elif kind == "manifests" and name in self.server.manifests:
            sort, data = self.server.manifests[name]
            digest = "sha256:" + hashlib.sha256(data).hexdigest()
            self._answer(200, data, Content_Type=sort, Docker_Content_Digest=digest)
        elif kind == "blobs" and name in self.server.blobs:
            self._answer(200, self.server.blobs[name])
        else:
            self._answer(404, b'{"errors": [{"code": "NOT_FOUND", "message": "not found"}]}')

    do_HEAD = do_GET  # noqa: N815

    def do_POST(self) -> None:
        self._read()
        if not self._refused():
            self._answer(202, Location=f"{self.path}one")

    def do_PATCH(self) -> None:
        data = self._read()
        self.server.keep(data)
        self._answer(202, Location=self.path, Range=f"0-{len(data) - 1}")

    def do_PUT(self) -> None:
        data = self._read()
        name = self.path.rsplit("/", 1)[1]
        if "/manifests/" in self.path:
            sort = self.headers["Content-Type"]
            digest = "sha256:" + hashlib.sha256(data).hexdigest()
            self.server.manifests[name] = self.server.manifests[digest] = sort, data
            self._answer(201, Docker_Content_Digest=digest)
            return
        if data:
            self.server.keep(data)
        self._answer(201)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@contextmanager
def serve() -> Iterator[Registry]:
    """Have a registry on this machine."""
    with Registry() as registry:
        thread = threading.Thread(target=registry.serve_forever)
        thread.start()
        try:
            yield registry
        finally:
            registry.shutdown()
            thread.join()
