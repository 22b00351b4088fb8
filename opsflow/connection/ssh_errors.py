"""Why a host could not be reached over SSH: sentences for people."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Sequence
from dataclasses import dataclass, field

import asyncssh

from opsflow.core.errors import Unreachable

from .known_hosts import KnownHosts, KnownKey
from .ssh_config import HostConfig

_TRANSIENT = ("timeout", "refused", "dns", "lost", "other")


@dataclass(slots=True)
class Attempt:
    """What is known about one attempt to connect, for messages.

    `offered` is the host key that was not accepted, `methods` what the server lets people log in with.
    """

    host: str
    config: HostConfig
    known_hosts: KnownHosts
    user: str = ""
    tried: list[str] = field(default_factory=list[str])
    known: Sequence[KnownKey] = ()
    offered: asyncssh.SSHKey | None = None
    methods: Sequence[str] = ()

    @property
    def place(self) -> str:
        """The address and port, and the inventory name where it is another."""
        config = self.config
        return f"{config.host} port {config.port}"

    @property
    def name(self) -> str:
        return self.host if self.host == self.config.host else f"{self.host} ({self.place})"


def may_retry(error: Unreachable) -> bool:
    """Tell whether the same attempt might succeed later."""
    return error.kind in _TRANSIENT


def timed_out(attempt: Attempt, seconds: float, *, connected: bool) -> Unreachable:
    """Return the error for a host that does not answer in time."""
    if connected:
        what = f"{attempt.name} accepts connections, but its SSH server said nothing for {seconds:g} s"
    else:
        what = f"{attempt.name} did not answer within {seconds:g} s"
    return Unreachable(
        what, kind="timeout", hint="check that the host is up and that no firewall is in the way (--timeout)"
    )


def proxy_failed(attempt: Attempt, said: str) -> Unreachable:
    """Return the error for a ProxyCommand that ended before the SSH server spoke."""
    detail = f": {said}" if said else ""
    command = attempt.config.text("ProxyCommand")
    return Unreachable(f"cannot reach {attempt.name}: its ProxyCommand '{command}' ended{detail}")


def explain(attempt: Attempt, error: Exception) -> Unreachable:
    """Return the error that tells a person why an attempt failed."""
    if isinstance(error, asyncssh.HostKeyNotVerifiable):
        return _host_key(attempt, error)
    if isinstance(error, asyncssh.PermissionDenied):
        return _denied(attempt)
    if isinstance(error, asyncssh.KeyExchangeFailed) and attempt.known:
        return _no_known_key(attempt)
    if isinstance(error, socket.gaierror):
        return Unreachable(
            f"the name '{attempt.config.host}' of {attempt.host} can't be resolved: {error.strerror}",
            kind="dns",
            hint="check ansible_host, or the name in DNS",
        )
    if isinstance(error, ConnectionRefusedError):
        return Unreachable(
            f"{attempt.name} refused the connection",
            kind="refused",
            hint="check that its SSH server runs, and ansible_port",
        )
    if isinstance(error, asyncssh.ConnectionLost | ConnectionResetError | BrokenPipeError):
        return Unreachable(
            f"{attempt.name} closed the connection before the login was done",
            kind="lost",
            hint="its SSH server may limit new connections (MaxStartups), or refuse this address",
        )
    if isinstance(error, asyncssh.ChannelOpenError):
        return Unreachable(f"the jump host can't reach {attempt.name}: {error.reason}", kind="refused")
    if isinstance(error, OSError) and error.errno:
        kind = "timeout" if error.errno in (errno.ETIMEDOUT, errno.EHOSTUNREACH) else "other"
        return Unreachable(f"cannot connect to {attempt.name}: {os.strerror(error.errno)}", kind=kind)
    return Unreachable(f"cannot connect to {attempt.name}: {error}")


def _host_key(attempt: Attempt, error: Exception) -> Unreachable:
    if attempt.offered is None:
        return Unreachable(f"the host key of {attempt.name} was not accepted: {error}", kind="host_key")
    kind = attempt.offered.get_algorithm()
    fingerprint = attempt.offered.get_fingerprint()
    if attempt.known:
        places = ", ".join(known.place for known in attempt.known)
        return Unreachable(
            f"the host key of {attempt.name} has CHANGED: it offers {kind} {fingerprint}, which is not "
            f"the key in {places}",
            kind="host_key",
            hint="someone may be in between. If the host was installed anew, remove the old key: "
            f"{_forget(attempt)}",
        )
    return Unreachable(
        f"the host key of {attempt.name} is not known: it offers {kind} {fingerprint}; "
        f"looked in {attempt.known_hosts.paths or 'no file: none is configured'}",
        kind="host_key",
        hint="compare the fingerprint, then run with --accept-new-host-keys or set "
        "ansible_host_key_checking: accept-new",
    )


def _no_known_key(attempt: Attempt) -> Unreachable:
    places = ", ".join(known.place for known in attempt.known)
    return Unreachable(
        f"{attempt.name} offers no host key of the kind that is known for it ({places})",
        kind="host_key",
        hint="someone may be in between. If the host was installed anew, remove the old key: "
        f"{_forget(attempt)}",
    )


def _forget(attempt: Attempt) -> str:
    config = attempt.config
    name = config.key_name if config.port == 22 else f"'[{config.key_name}]:{config.port}'"
    return f"ssh-keygen -f {attempt.known[0].file} -R {name}"


def _denied(attempt: Attempt) -> Unreachable:
    tried = ", ".join(attempt.tried) or "nothing: there is no key, agent or password to try"
    takes = f"; it takes: {', '.join(attempt.methods)}" if attempt.methods else ""
    return Unreachable(
        f"{attempt.name} did not let user '{attempt.user}' log in; tried: {tried}{takes}",
        kind="auth",
        hint="check ansible_user and ansible_ssh_private_key_file, or give a password with --ask-pass (-k)",
    )
