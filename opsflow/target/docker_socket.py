"""Where the Docker daemon listens, and how it is reached: a socket of the file system, TCP, TLS."""

from __future__ import annotations

import http.client
import os
import socket
import ssl
import urllib.parse

from opsflow.target.paths import expand
from opsflow.target.request import Fail
from opsflow.target.unix_http import UnixConnection

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from opsflow.target.request import Request

DEFAULT_HOST = "unix:///var/run/docker.sock"
_CERTIFICATES = {"ca_path": "ca.pem", "client_cert": "cert.pem", "client_key": "key.pem"}
_YES = ("1", "y", "yes", "on", "t", "true")


class Place:
    """The address of a daemon, out of the options of a task and, where they are silent, its environment."""

    def __init__(self, request: Request, given: Mapping[str, Any]) -> None:
        """Read the options. Raises Fail for an address that cannot be used."""
        self.request = request
        self.env = request.environ()
        self.given = given
        self.host: str = given.get("docker_host") or self.env.get("DOCKER_HOST") or DEFAULT_HOST
        verify = self._switch("validate_certs", "DOCKER_TLS_VERIFY")
        parts = urllib.parse.urlsplit(self.host if "://" in self.host else "tcp://" + self.host)
        self.scheme = {"http+unix": "unix", "http": "tcp", "https": "tcp"}.get(parts.scheme, parts.scheme)
        self._refuse_unknown()
        self.path = parts.netloc + parts.path
        tls = verify or self._switch("tls", "DOCKER_TLS") or parts.scheme == "https"
        self.tls = self._context(verify) if tls and self.scheme == "tcp" else None
        self.name = parts.hostname or ""
        if self.scheme == "tcp":
            self.port = _port(parts, self.host) or (2376 if self.tls else 2375)

    def _refuse_unknown(self) -> None:
        if self.scheme == "ssh" or self.given.get("use_ssh_client"):
            raise Fail(
                "Docker is not reached by ssh here: run the task on the host of the daemon itself, or give"
                " docker_host as unix://… or tcp://…"
            )
        if self.scheme not in ("unix", "tcp"):
            raise Fail("docker_host must begin with unix:// or tcp://, not as %s does" % self.host)

    def _switch(self, option: str, variable: str) -> bool:
        if option in self.given:
            return bool(self.given[option])
        return self.env.get(variable, "").lower() in _YES

    def _file(self, option: str) -> str | None:
        if self.given.get(option):
            return expand(self.request, self.given[option])
        folder = self.env.get("DOCKER_CERT_PATH")
        return os.path.join(folder, _CERTIFICATES[option]) if folder else None

    def _context(self, verify: bool) -> ssl.SSLContext:
        ca, cert, key = (self._file(option) for option in ("ca_path", "client_cert", "client_key"))
        try:
            context = ssl.create_default_context(cafile=ca if verify else None)
            if cert and key:
                context.load_cert_chain(cert, key)
        except OSError as error:  # ssl.SSLError is one
            raise Fail("cannot prepare TLS for %s: %s" % (self.host, error)) from error
        if not verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context

    def connection(self, timeout: float | None) -> http.client.HTTPConnection:
        """Return a connection that opens itself when it is used; `timeout` in seconds is for each wait."""
        if self.scheme == "unix":
            local = UnixConnection("localhost", timeout=timeout)
            local.path = self.path
            return local
        if self.tls is None:
            return http.client.HTTPConnection(self.name, self.port, timeout=timeout)
        secure = _Secure(self.name, self.port, timeout=timeout)
        secure.context = self.tls
        secure.known_as = self.given.get("tls_hostname") or self.env.get("DOCKER_TLS_HOSTNAME") or self.name
        return secure


def _port(parts: urllib.parse.SplitResult, host: str) -> int | None:
    try:
        return parts.port
    except ValueError as error:
        raise Fail("docker_host has no usable port: %s" % host) from error


class _Secure(http.client.HTTPConnection):
    """A TLS connection to a daemon whose certificate may be for another name."""

    context: ssl.SSLContext
    known_as = ""

    def connect(self) -> None:
        plain = socket.create_connection((self.host, self.port), self.timeout)
        self.sock = self.context.wrap_socket(plain, server_hostname=self.known_as)
