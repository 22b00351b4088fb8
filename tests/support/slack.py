"""What stands for Slack: a proxy that leads all names to itself, and speaks HTTPS there."""

from __future__ import annotations

import json
import ssl
import subprocess
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


class Slack(ThreadingHTTPServer):
    """A proxy that answers each CONNECT itself; keeps requests, gives laid out answers by path."""

    daemon_threads = True

    def __init__(self, tls: ssl.SSLContext) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.tls = tls
        self.requests: list[tuple[str, str, str, bytes]] = []
        self.answers: dict[str, Any] = {}


class _Handler(BaseHTTPRequestHandler):
    server: Slack  # pyright: ignore[reportIncompatibleVariableOverride]

    def do_CONNECT(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.close_connection = True
        with (
            suppress(ssl.SSLError),  # it does not trust us
            self.server.tls.wrap_socket(self.connection, server_side=True) as secured,
        ):
            _Handler(secured, self.client_address, self.server)

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        token = self.headers.get("Authorization", "")
        self.server.requests.append((self.command, self.headers["Host"] + self.path, token, body))
        name = self.path.partition("?")[0].rpartition("/")[2]
        answer = self.server.answers.get(name, {"ok": True})
        said = json.dumps(answer).encode()
        self.send_response(answer if isinstance(answer, int) else 200)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, format: str, *args: Any) -> None:
        """Keep quiet."""


@contextmanager
def serving(directory: Path) -> Generator[Slack]:
    """Yield a running one, whose key and certificate are in a directory."""
    key, cert = directory / "key", directory / "cert"
    subject = ["-subj", "/CN=slack", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    command = ["openssl", "req", "-x509", "-nodes", *subject, "-keyout", key, "-out", cert]
    subprocess.run(command, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    server = Slack(context)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
