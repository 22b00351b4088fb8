"""A real SSH server in this process, on a loopback port; commands run on this machine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from opsflow.connection.pool import Connections
from opsflow.connection.session import Session
from opsflow.connection.settings import ConnectionSettings

USER, PASSWORD = "alice", "open sesame"


@dataclass
class Server:
    """The server and what a client needs to get in."""

    directory: Path
    host_key: asyncssh.SSHKey
    client_key: asyncssh.SSHKey
    port: int = 0
    connections: list[asyncssh.SSHServerConnection] = field(default_factory=list)
    children: list[asyncio.subprocess.Process] = field(default_factory=list)

    @property
    def known_hosts(self) -> Path:
        return self.directory / "known_hosts"

    @property
    def key_file(self) -> Path:
        return self.directory / "id_key"

    def line(self, key: asyncssh.SSHKey | None = None, name: str | None = None) -> str:
        """Return a line of a known_hosts file: for this server and its key, unless others are given."""
        text = (key or self.host_key).export_public_key().decode().split()
        return f"{name or f'[127.0.0.1]:{self.port}'} {text[0]} {text[1]}\n"

    def settings(self, **changes: Any) -> ConnectionSettings:
        """Return settings that lead to this server."""
        settings = ConnectionSettings(
            "web1",
            address="127.0.0.1",
            port=self.port,
            user=USER,
            private_key_file=str(self.key_file),
            connect_timeout=5.0,
            ssh_options=(
                ("-F", "none"),
                ("UserKnownHostsFile", str(self.known_hosts)),
                ("GlobalKnownHostsFile", "none"),
            ),
        )
        return settings._replace(**changes)


class _Owner(asyncssh.SSHServer):
    def __init__(self, server: Server) -> None:
        self.server = server

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self.server.connections.append(conn)

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        return username == USER and key == self.server.client_key.convert_to_public()

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == (USER, PASSWORD)

    def connection_requested(self, *_: Any) -> bool:
        return True  # it is a jump host as well


async def _run(server: Server, process: asyncssh.SSHServerProcess[bytes]) -> None:
    child = await asyncio.create_subprocess_shell(
        process.command or "true",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    server.children.append(child)
    assert child.stdin
    feeding = asyncio.create_task(_pump(process.stdin, child.stdin))
    await asyncio.gather(_pump(child.stdout, process.stdout), _pump(child.stderr, process.stderr))
    process.exit(await child.wait())
    feeding.cancel()


async def _pump(source: Any, sink: Any) -> None:
    with suppress(OSError, asyncssh.Error):
        while data := await source.read(65536):
            sink.write(data)
    if isinstance(sink, asyncio.StreamWriter):
        sink.close()


@pytest.fixture
async def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Server]:
    """Yield a running server whose host key is known and whose client key is at hand."""
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    made = Server(
        tmp_path, asyncssh.generate_private_key("ssh-ed25519"), asyncssh.generate_private_key("ssh-ed25519")
    )
    listener = await asyncssh.listen(
        "127.0.0.1",
        0,
        server_factory=lambda: _Owner(made),
        server_host_keys=[made.host_key],
        process_factory=lambda process: _run(made, process),
        encoding=None,
    )
    made.port = listener.get_port()
    made.key_file.write_bytes(made.client_key.export_private_key())
    made.known_hosts.write_text(made.line())
    yield made
    for connection in made.connections:
        connection.abort()
    for child in made.children:
        if child.returncode is None:
            child.kill()
        await child.wait()
    listener.close()
    await listener.wait_closed()


@pytest.fixture
async def connections() -> AsyncIterator[Connections]:
    async with Connections() as pool:
        yield pool


@pytest.fixture
def session(server: Server, connections: Connections) -> Callable[..., Session]:
    """Return a session to the server; settings may be changed by name."""
    return lambda **changes: connections.session(server.settings(**changes))
