"""Options that the modules of PostgreSQL share: where the server is, and who we are to it."""

from __future__ import annotations

from typing import Literal

from .module import ModuleArgs
from .types import Bool, Dict, Int, Path, Text, arg


class PostgresqlArgs(ModuleArgs):
    """How to log in. Without `login_user` and `login_port` PGUSER and PGPORT count, or postgres and 5432."""

    login_user: Text | None = arg(None, "login")
    """The user to log in as."""
    login_password: Text | None = arg(None, secret=True)
    """That user's password."""
    login_host: Text = arg("", "host")
    """The server; without one, its socket."""
    login_unix_socket: Text = arg("", "unix_socket")
    """The directory of its socket."""
    login_port: Int | None = arg(None, "port")
    """Its port."""
    ssl_mode: Literal["allow", "disable", "prefer", "require", "verify-ca", "verify-full"] = "prefer"
    """Whether the connection is encrypted, and the server checked."""
    ca_cert: Path | None = arg(None, "ssl_rootcert")
    """Certificates that are trusted."""
    ssl_cert: Path | None = None
    """A certificate to show to the server."""
    ssl_key: Path | None = None
    """The key of that certificate."""
    connect_params: Dict = arg({})
    """More parameters of the connection."""
    session_role: Text | None = None
    """The role to become after that."""
    trust_input: Bool = True
    """Allow names and values that look like more than that; if not, they are refused."""
