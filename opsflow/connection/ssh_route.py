"""How bytes get to an SSH server: straight, through a jump host, or through a program of the user's."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
from dataclasses import dataclass
from typing import Any

from asyncssh import SSHClientConnection

from .ssh_config import HostConfig
from .ssh_errors import Attempt, proxy_failed, timed_out


@dataclass(slots=True)
class Route:
    """One of: a socket on which the server has begun to speak, and the connection to a jump host."""

    sock: socket.socket | None = None
    tunnel: SSHClientConnection | None = None
    proxy: Proxy | None = None

    def options(self) -> dict[str, Any]:
        """Return what asyncssh is told; the configuration's own route is taken by us already."""
        return {"sock": self.sock, "tunnel": self.tunnel, "proxy_command": None}

    async def close(self) -> None:
        if self.sock:
            self.sock.close()
        if self.proxy:
            await self.proxy.close()


async def find_route(attempt: Attempt, seconds: float) -> Route:
    """Return a way to a host that needs no jump host, when its SSH server has begun to speak.

    A host that says nothing costs only itself: it holds no place among the handshakes in flight.
    """
    route = Route()
    connected = False
    try:
        async with asyncio.timeout(seconds):
            if command := attempt.config.text("ProxyCommand"):
                route.proxy = await Proxy.start(command)
                route.sock = route.proxy.sock
            else:
                route.sock = await _open(attempt.config)
            connected = True
            await _readable(route.sock)
            if route.proxy:
                await route.proxy.check(attempt)
            return route
    except BaseException as error:
        await route.close()
        if isinstance(error, TimeoutError):
            raise timed_out(attempt, seconds, connected=connected) from None
        raise


class Proxy:
    """A ProxyCommand that runs: its input and output are the other end of `sock`."""

    def __init__(self, process: asyncio.subprocess.Process, sock: socket.socket) -> None:
        self.sock = sock
        self._process = process

    @classmethod
    async def start(cls, command: str) -> Proxy:
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        try:
            process = await asyncio.create_subprocess_shell(
                command,
                stdin=theirs.fileno(),
                stdout=theirs.fileno(),
                stderr=asyncio.subprocess.PIPE,
                start_new_session=True,
            )
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        return cls(process, ours)

    async def check(self, attempt: Attempt) -> None:
        """Return when there is something to read. Raises Unreachable when the program has ended."""
        if not self.sock.recv(1, socket.MSG_PEEK):
            assert self._process.stderr
            said = (await self._process.stderr.read()).decode("utf-8", "replace").strip().splitlines()
            raise proxy_failed(attempt, said[-1] if said else "")

    async def close(self) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGTERM)
        await self._process.wait()


async def _open(config: HostConfig) -> socket.socket:
    """Connect to the first address of a host that takes the connection."""
    loop = asyncio.get_running_loop()
    family: Any = config.get("AddressFamily") or socket.AF_UNSPEC
    try:  # numbers need no thread and no resolver
        found = socket.getaddrinfo(
            config.host, config.port, family=family, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST
        )
    except socket.gaierror:
        found = await loop.getaddrinfo(config.host, config.port, family=family, type=socket.SOCK_STREAM)
    failed: OSError | None = None
    for kind, how, protocol, _, address in found:
        sock = socket.socket(kind, how, protocol)
        sock.setblocking(False)
        try:
            if bind := config.text("BindAddress"):
                sock.bind((bind, 0))
            await loop.sock_connect(sock, address)
        except BaseException as error:
            sock.close()
            if not isinstance(error, OSError):
                raise
            failed = failed or error
        else:
            return sock
    raise failed or OSError(f"{config.host} has no address")


async def _readable(sock: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    event = asyncio.Event()
    loop.add_reader(sock, event.set)
    try:
        await event.wait()
    finally:
        loop.remove_reader(sock)
