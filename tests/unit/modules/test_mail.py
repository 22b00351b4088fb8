"""mail hands a message to an SMTP server."""

from __future__ import annotations

import email
import email.policy
import socketserver
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from opsflow.core.errors import TaskError
from tests.support.local import Run


class Handler(socketserver.StreamRequestHandler):
    """As much of SMTP as is needed."""

    def handle(self) -> None:
        self.say("220 here")
        server: Any = self.server
        while line := self.rfile.readline().decode().strip():
            command = line.split(":")[0].split(" ")[0].upper()
            if command == "EHLO":
                self.say("250-here\r\n250 SMTPUTF8")
            elif command == "RCPT" and "nobody" in line:
                self.say("550 there is no nobody")
            elif command == "DATA":
                self.say("354 go on")
                server.messages.append(self._message())
                self.say("250 taken")
            else:
                server.lines.append(line)
                self.say("221 bye" if command == "QUIT" else "250 fine")

    def say(self, text: str) -> None:
        self.wfile.write(text.encode() + b"\r\n")

    def _message(self) -> bytes:
        lines: list[bytes] = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line)
        return b"".join(lines)


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.messages: list[bytes] = []
        self.lines: list[str] = []


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield server
        server.shutdown()


async def test_a_message_with_all_its_parts(run: Run, server: Server, tmp_path: Path) -> None:
    (tmp_path / "log.txt").write_text("logged")
    (tmp_path / "pic.png").write_bytes(b"\x89PNG")
    result = await run(
        "mail", host="127.0.0.1", port=server.server_address[1], secure="never", subject="Grüße",
        body="<b>hello</b>", subtype="html", sender="Ops <ops@example.org>", to="Ann <ann@example.org>",
        cc=["bob@example.org"], bcc="eve@example.org", headers=["Reply-To=me@example.org"],
        attach=[str(tmp_path / "log.txt")], inline=[{"path": str(tmp_path / "pic.png"), "cid": "pic"}],
    )  # fmt: skip
    assert result == {"changed": False, "msg": "Mail sent successfully", "result": {}}
    message = email.message_from_bytes(server.messages[0], policy=email.policy.default)
    assert message["Subject"] == "Grüße"
    assert message["Reply-To"] == "me@example.org"
    assert "eve" not in server.messages[0].decode("utf-8", "replace")
    assert [part.get_content_type() for part in message.walk()] == [
        "multipart/mixed", "multipart/related", "text/html", "image/png", "text/plain",
    ]  # fmt: skip
    receivers = [line for line in server.lines if line.lower().startswith("rcpt")]
    assert [name in "".join(receivers) for name in ("ann@", "bob@", "eve@")] == [True] * 3


async def test_who_gets_nothing_is_told(run: Run, server: Server) -> None:
    with pytest.raises(TaskError, match=r"none of nobody@example\.org"):
        await run(
            "mail", host="127.0.0.1", port=server.server_address[1], secure="never", subject="x",
            to="nobody@example.org",
        )  # fmt: skip


async def test_a_server_that_is_not_there_or_not_safe_is_told(run: Run, server: Server) -> None:
    port = server.server_address[1]
    with pytest.raises(TaskError, match="does not offer STARTTLS"):
        await run("mail", host="127.0.0.1", port=port, subject="x", secure="starttls")
    with pytest.raises(TaskError, match="Failed to send"):
        await run("mail", host="127.0.0.1", port=1, subject="x", secure="never")


async def test_headers_cannot_be_smuggled_in(run: Run) -> None:
    with pytest.raises(ValidationError, match="one line each"):
        await run("mail", subject="x\nBcc: eve@example.org")
