"""A real SMTP server and a real HTTP endpoint on the loopback interface; both keep what they get."""

from __future__ import annotations

import email
import email.policy
import ssl
import threading
from collections.abc import Generator
from contextlib import contextmanager
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


class Sink:
    """Keeps mail; refuses recipients whose name begins with `no`."""

    def __init__(self) -> None:
        self.mails: list[tuple[Envelope, EmailMessage]] = []

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address.startswith("no"):
            return "550 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append((envelope, mail))
        return "250 OK"


class Server(Controller):
    """A server, on a free port by default; `security` as in the notifier's configuration."""

    def __init__(
        self, sink: Sink, security: str = "none", tls: ssl.SSLContext | None = None, port: int = 0
    ) -> None:
        def check(
            _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any
        ) -> AuthResult:
            good = isinstance(data, LoginPassword) and data.password == b"pa55"
            return AuthResult(success=good, handled=good)

        more: dict[str, Any] = {"none": {"auth_require_tls": False}, "tls": {"ssl_context": tls}}.get(
            security, {"tls_context": tls, "require_starttls": True}
        )
        if security == "tls":
            more["auth_require_tls"] = False
        super().__init__(sink, hostname="127.0.0.1", port=port, authenticator=check, **more)

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]  # the port that the system chose
        super()._trigger_server()


class Hook(ThreadingHTTPServer):
    """Keeps requests and gives the answers that were laid out, 200 when there are none left."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers: list[int] = []
        self.requests: list[tuple[str, dict[str, str], bytes]] = []
        self.url = f"http://127.0.0.1:{self.server_port}/hooks/t0ken?key=t0ken"


class _Handler(BaseHTTPRequestHandler):
    server: Hook

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.requests.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
        status = self.server.answers.pop(0) if self.server.answers else 200
        if status == 0:
            self.close_connection = True
            return
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Keep quiet."""


@contextmanager
def listening() -> Generator[Hook]:
    """Yield an HTTP endpoint that listens."""
    server = Hook()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()
