"""The way to a database server: a socket that can be given up, with TLS where it is wanted."""

from __future__ import annotations

import os
import socket
import ssl
import time

from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from opsflow.target.request import Request

_HANDSHAKE = 60.0  # seconds for that of TLS where no other time is set
_TICK = 0.5  # seconds after which a wait looks whether the task is still wanted


class Lost(Fail):
    """The server can't be reached, or has gone."""


class Stream:
    """Bytes from and to a server."""

    def __init__(self, request: Request, host: str, port: int, timeout: float | None) -> None:
        """Connect.

        Args:
            request: whose work it is; waiting ends when it is cancelled.
            host: a name, an address or the path of a socket.
            port: of TCP.
            timeout: seconds until the server must have let us in; None for as long as it takes.
        """
        self.request = request
        self.host = host
        self.port = port
        self.deadline = timeout and time.time() + timeout
        self.buffer = b""
        self.place = host if host.startswith("/") else "%s, port %d" % (host, port)
        try:
            self.socket = _unix(host, timeout) if host.startswith("/") else _tcp(host, port, timeout)
        except OSError as error:
            raise Lost("%s: %s" % (self.place, error.strerror or error)) from None

    def read(self, size: int) -> bytes:
        """Return the next `size` bytes. Raises Lost."""
        while len(self.buffer) < size:
            self.buffer += self._receive(max(65536, size - len(self.buffer)))
        data, self.buffer = self.buffer[:size], self.buffer[size:]
        return data

    def _receive(self, size: int) -> bytes:
        while True:
            self.request.raise_if_cancelled()
            if self.deadline and time.time() > self.deadline:
                raise Lost("%s: the server did not answer in time" % self.place)
            self.socket.settimeout(_TICK)
            try:
                data = self.socket.recv(size)
            except socket.timeout:
                continue
            except OSError as error:
                raise Lost("%s: %s" % (self.place, error.strerror or error)) from None
            if not data:
                raise Lost("%s: the server closed the connection" % self.place)
            return data

    def write(self, data: bytes) -> None:
        """Send all of it. Raises Lost."""
        self.socket.settimeout(None)
        try:
            self.socket.sendall(data)
        except OSError as error:
            raise Lost("%s: %s" % (self.place, error.strerror or error)) from None

    def secure(self, context: ssl.SSLContext, host: str) -> None:
        """Go on with TLS. Raises Lost."""
        self.socket.settimeout(max(1.0, self.deadline - time.time()) if self.deadline else _HANDSHAKE)
        try:
            self.socket = context.wrap_socket(self.socket, server_hostname=host)
        except (OSError, ValueError) as error:
            raise Lost("%s: TLS: %s" % (self.place, error)) from None

    def close(self) -> None:
        self.socket.close()


def _unix(path: str, timeout: float | None) -> socket.socket:
    found = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    found.settimeout(timeout)
    try:
        found.connect(path)
    except OSError:
        found.close()
        raise
    return found


def _tcp(host: str, port: int, timeout: float | None) -> socket.socket:
    found = socket.create_connection((host, port), timeout)
    found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    return found


def tls_context(
    verify: bool, names: bool, ca: str | None, cert: str | None, key: str | None
) -> ssl.SSLContext:
    """Return what TLS needs. Raises Fail for files that can't be used.

    Args:
        verify: the server's certificate must be of a known authority.
        names: and for the name of the host.
        ca: a file of authorities; those of the system without it.
        cert: our certificate.
        key: its key.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = verify and names
    context.verify_mode = ssl.CERT_REQUIRED if verify else ssl.CERT_NONE
    for path in (ca, cert, key):
        if path and not os.path.exists(path):
            raise Fail("the file for TLS %s does not exist" % path)
    try:
        if verify:
            context.load_verify_locations(ca) if ca else context.load_default_certs()
        if cert:
            context.load_cert_chain(cert, key)
    except OSError as error:
        raise Fail("cannot use the files for TLS: %s" % error) from None
    return context
