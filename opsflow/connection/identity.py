"""Which host settings lead to: the same for all inventories, whatever they call it."""

from __future__ import annotations

import socket

from .settings import ConnectionSettings

_SSH = 22


def identity(settings: ConnectionSettings) -> str:
    """Return `host`, or `host:port` where the port is not 22, of the address that is connected to.

    What ssh_config(5) says counts. This machine has its own name, however it is reached.

    Raises Unreachable when the SSH configuration has a mistake.
    """
    if settings.connection == "local":
        return own_name()
    from .asyncssh_import import import_asyncssh

    import_asyncssh()
    from .ssh_config import HostConfig

    config = HostConfig.of(settings)
    return named(config.host, config.port)


def named(host: str, port: int = _SSH) -> str:
    """Return the identity of an address."""
    name = host.lower().rstrip(".")
    if name in ("localhost", "::1", "ip6-localhost") or name.startswith("127."):
        name = own_name()
    if port == _SSH:
        return name
    return f"[{name}]:{port}" if ":" in name else f"{name}:{port}"


def own_name() -> str:
    """Return the name of this machine."""
    return socket.gethostname().lower()
