"""Connecting to a host over SSH: address, host key, login."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import asyncssh
from asyncssh.kex import get_default_kex_algs

from opsflow.core.errors import Unreachable

from .identities import Keyring
from .known_hosts import KnownHosts, KnownHostsFile, KnownKey
from .settings import DEFAULT_TIMEOUT, ConnectionSettings, HostKeyChecking
from .ssh import SshTransport
from .ssh_config import ConfigOnly, HostConfig
from .ssh_errors import Attempt, explain, may_retry, timed_out
from .ssh_lean import make_lean
from .ssh_route import Route, find_route

log = logging.getLogger("opsflow.connection")

STARTS = 4, 32
"""Hosts that are being connected to at first, and at most, until their first program is up. Each takes
milliseconds of the event loop: with many at once the first host would be as late as the last."""
LONG_START = 0.5  # seconds: one that waits for its host holds up nobody
LOGIN_TIMEOUT = 60.0  # seconds from the key exchange to the end of the login: PAM and DNS may be slow
KEEPALIVE = (15, 3)  # seconds between two, and how many may go unanswered
_LONGEST_PAUSE = 8.0  # seconds between two attempts


class _Turns:
    """Lets some in at once, and one more with each that has gone or stays long."""

    def __init__(self, first: int, most: int) -> None:
        self._free = asyncio.Semaphore(first)
        self._more = most - first

    async def take(self) -> Callable[[], None]:
        """Wait for a turn, and return what ends it; it ends by itself when it has become long."""
        await self._free.acquire()
        ended = False

        def end() -> None:
            nonlocal ended
            if not ended:
                ended = True
                late.cancel()
                self._free.release()
                if self._more:
                    self._more -= 1
                    self._free.release()

        late = asyncio.get_running_loop().call_later(LONG_START, end)
        return end


class SshConnector:
    """Connects to hosts. What they have in common is read once: keys, known hosts, jump hosts."""

    def __init__(self) -> None:
        self._keyring = Keyring()
        self._known_hosts: dict[Path, KnownHostsFile] = {}
        self._turns = _Turns(*STARTS)
        self._jumps: dict[ConnectionSettings, asyncio.Task[SshTransport]] = {}

    async def connect(self, settings: ConnectionSettings, *, timeout: float | None = None) -> SshTransport:
        """Connect and log in.

        Args:
            timeout: seconds for one attempt, instead of the settings' own.

        Raises:
            Unreachable: with its kind, after as many retries as the settings allow.
        """
        config = HostConfig.of(settings)
        retries = settings.connect_retries or int(config.text("ConnectionAttempts") or 1) - 1
        for number in itertools.count():
            try:
                return await self._connect(settings, config, timeout)
            except Unreachable as error:
                if number >= retries or not may_retry(error):
                    raise
                pause = min(0.5 * 2**number, _LONGEST_PAUSE)
                log.info("%s; trying again in %g s", error, pause)
                await asyncio.sleep(pause)
        raise AssertionError("unreachable: the last attempt returns or raises")

    async def _connect(
        self, settings: ConnectionSettings, config: HostConfig, timeout: float | None
    ) -> SshTransport:
        seconds = (
            timeout or settings.connect_timeout or float(config.text("ConnectTimeout") or DEFAULT_TIMEOUT)
        )
        attempt = Attempt(settings.host_name, config, self._trusted(config))
        attempt.known = attempt.known_hosts.find(config.key_name, config.port)
        options = self._options(settings, attempt)
        route, end_turn = Route(), _nothing
        try:
            if jumps := config.text("ProxyJump"):
                route.tunnel = (await self._jump(settings, jumps)).connection
            end_turn = await self._turns.take()
            if not jumps:
                route = await find_route(attempt, seconds)
            connection = await _handshake(attempt, {**options, **route.options()}, seconds)
        except BaseException as error:
            end_turn()
            await route.close()
            if isinstance(error, asyncssh.Error | OSError | ValueError):
                log.debug("connecting to %s failed", attempt.name, exc_info=True)
                raise explain(attempt, error) from error
            raise
        log.debug("connected to %s as %s", attempt.name, attempt.user)
        return SshTransport(settings.host_name, connection, end_turn, route.proxy)

    def _trusted(self, config: HostConfig) -> KnownHosts:
        files: list[KnownHostsFile] = []
        for path in config.known_hosts_files:
            if path not in self._known_hosts:
                self._known_hosts[path] = KnownHostsFile(path)
            files.append(self._known_hosts[path])
        return KnownHosts(files)

    def _options(self, settings: ConnectionSettings, attempt: Attempt) -> dict[str, Any]:
        config = attempt.config
        attempt.user = config.user
        identities = self._keyring.identities(settings, config)
        attempt.tried = [*identities.names, *(["the SSH agent"] if identities.agent else [])]
        if settings.password:
            attempt.tried.append("the password")
        checking = settings.host_key_checking or _checking(config.text("StrictHostKeyChecking"))
        options: dict[str, Any] = {
            "options": ConfigOnly(config),
            "client_factory": lambda: _Client(attempt, checking),
            "known_hosts": None if checking == "no" else _decoded(attempt.known),
            "client_keys": identities.pairs or (),
            "agent_identities": identities.agent_only,
            "password": settings.password.reveal() if settings.password else None,
            "x509_trusted_certs": None,
            "login_timeout": 0,
        }
        if config.get("ServerAliveInterval") is None:
            options["keepalive_interval"], options["keepalive_count_max"] = KEEPALIVE
        return options | _algorithms(config)

    async def _jump(self, settings: ConnectionSettings, jumps: str) -> SshTransport:
        """Return the connection to the last of a list of jump hosts. All hosts behind it share it."""
        before, _, last = jumps.rpartition(",")
        key = _jump_settings(settings, last, before)
        task = self._jumps.get(key)
        if task is None or (
            task.done() and (task.cancelled() or task.exception() or not task.result().alive)
        ):
            task = self._jumps[key] = asyncio.create_task(self.connect(key))
        try:
            return await asyncio.shield(task)
        except Unreachable as error:
            raise Unreachable(
                f"cannot reach {settings.host_name} through its jump host: {error.message}",
                kind=error.kind,
                hint=error.hint,
            ) from error

    async def close(self) -> None:
        """Close the connections to jump hosts."""
        for task in self._jumps.values():
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError, Unreachable):
                await (await task).close()
        self._jumps.clear()


def _nothing() -> None:
    """End no turn: it has not begun."""


def _jump_settings(settings: ConnectionSettings, jump: str, before: str) -> ConnectionSettings:
    """The way to a jump host: the SSH configuration's, with the keys and trust of the host behind it."""
    jump = jump.strip().removeprefix("ssh://")
    user, _, place = jump.rpartition("@")
    host, colon, port = place.rpartition(":")
    if not colon or (":" in host and not host.startswith("[")):
        host, port = place, ""
    kept = ("UserKnownHostsFile", "GlobalKnownHostsFile", "StrictHostKeyChecking", "-F")
    options = tuple(option for option in settings.ssh_options if option[0] in kept)
    return settings._replace(
        host_name=host.strip("[]"),
        address=host.strip("[]"),
        port=int(port) if port else None,
        user=user or None,
        password=None,
        ssh_options=(*options, ("ProxyJump", before or "none")),
    )


def _checking(value: str | None) -> HostKeyChecking:
    """OpenSSH asks by default; a program that can't ask is strict."""
    if value in ("no", "off"):
        return "no"
    return "accept-new" if value == "accept-new" else "yes"


def _algorithms(config: HostConfig) -> dict[str, Any]:
    """Prefer what costs little, unless the configuration chooses."""
    chosen: dict[str, Any] = {}
    if config.get("KexAlgorithms") is None:  # group exchange alone costs half a second of CPU
        usual = [name.decode() for name in get_default_kex_algs()]
        chosen["kex_algs"] = sorted(usual, key=lambda name: "group-exchange" in name)
    if config.get("Ciphers") is None:
        chosen["encryption_algs"] = "^aes128-gcm@openssh.com,aes256-gcm@openssh.com"
    return chosen


def _decoded(known: Sequence[KnownKey]) -> tuple[list[Any], list[Any], list[Any]]:
    """Return the trusted keys, the trusted authorities and the revoked keys among known lines."""
    keys: dict[str | None, list[Any]] = {None: [], "cert-authority": [], "revoked": []}
    for line in known:
        try:
            keys.get(line.marker, []).append(asyncssh.import_public_key(line.key))
        except asyncssh.KeyImportError:
            log.debug("%s holds a key of an unknown kind", line.place)
    return keys[None], keys["cert-authority"], keys["revoked"]


async def _handshake(
    attempt: Attempt, options: dict[str, Any], seconds: float
) -> asyncssh.SSHClientConnection:
    """Exchange keys within `seconds`, then log in within the time that logins may take."""
    config = attempt.config
    client: dict[str, _Client] = {}
    make = options["client_factory"]

    def factory() -> _Client:
        client["made"] = make()
        return client["made"]

    task = asyncio.ensure_future(asyncssh.connect(config.host, **{**options, "client_factory": factory}))
    try:
        done, _ = await asyncio.wait({task}, timeout=seconds)
        if not done and client and client["made"].keys_exchanged:
            done, _ = await asyncio.wait({task}, timeout=LOGIN_TIMEOUT)
        if not done:
            raise timed_out(attempt, seconds, connected=bool(client))
    finally:
        if not task.done():
            task.cancel()
    return task.result()


class _Client(asyncssh.SSHClient):
    """Decides about host keys that are not known, and remembers what messages need."""

    def __init__(self, attempt: Attempt, checking: HostKeyChecking) -> None:
        self._attempt = attempt
        self._checking = checking
        self._connection: asyncssh.SSHClientConnection | None = None

    @property
    def keys_exchanged(self) -> bool:
        return self._connection is not None and bool(self._connection.get_extra_info("send_cipher"))

    def connection_made(self, conn: asyncssh.SSHClientConnection) -> None:
        self._connection = conn
        make_lean(conn)

    def validate_host_public_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:
        attempt = self._attempt
        attempt.offered = key
        if self._checking != "accept-new" or attempt.known:
            return False
        text = key.export_public_key().decode().strip()
        log.info("accepting the new host key of %s: %s", attempt.name, key.get_fingerprint())
        known = attempt.known_hosts.accept(attempt.config.key_name, attempt.config.port, text)
        return known is not None

    def public_key_auth_requested(self) -> None:
        self._remember_methods()

    def password_auth_requested(self) -> None:
        self._remember_methods()

    def _remember_methods(self) -> None:
        if self._connection and not self._attempt.methods:
            self._attempt.methods = self._connection.get_server_auth_methods()
