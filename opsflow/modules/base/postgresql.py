"""Options that the modules of PostgreSQL share: where the server is, and who we are to it."""

from __future__ import annotations

from typing import Literal

from .module import ModuleArgs
from .types import Bool, Dict, Int, Path, Text, arg


class PostgresqlArgs(ModuleArgs):
    """How to log in. Without `login_user` and `login_port` PGUSER and PGPORT count, or postgres and 5432."""

    login_user: Text | None = arg(None, "login")
    login_password: Text | None = arg(None, secret=True)
    login_host: Text = arg("", "host")
    login_unix_socket: Text = arg("", "unix_socket")
    login_port: Int | None = arg(None, "port")
    ssl_mode: Literal["allow", "disable", "prefer", "require", "verify-ca", "verify-full"] = "prefer"
    ca_cert: Path | None = arg(None, "ssl_rootcert")
    ssl_cert: Path | None = None
    ssl_key: Path | None = None
    connect_params: Dict = arg({})
    session_role: Text | None = None
    trust_input: Bool = True
