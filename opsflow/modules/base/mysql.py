"""Options that the modules of MySQL and MariaDB share: where the server is, and who we are to it."""

from __future__ import annotations

from .module import ModuleArgs
from .types import Bool, Int, Path, Text, arg


class MysqlArgs(ModuleArgs):
    """How to log in. What is not given is looked for in `config_file`."""

    login_user: Text | None = None
    """The user to log in as."""
    login_password: Text | None = arg(None, secret=True)
    """That user's password."""
    login_host: Text = "localhost"
    """The server."""
    login_port: Int = 3306
    """Its port."""
    login_unix_socket: Text | None = None
    """Its socket, instead of host and port."""
    config_file: Path = "~/.my.cnf"
    """A file of client settings to read."""
    connect_timeout: Int = 30
    """Seconds to wait for the server."""
    client_cert: Path | None = arg(None, "ssl_cert")
    """A certificate to show to the server."""
    client_key: Path | None = arg(None, "ssl_key")
    """The key of that certificate."""
    ca_cert: Path | None = arg(None, "ssl_ca")
    """Certificates that are trusted."""
    check_hostname: Bool | None = None
    """Whether the server's certificate must have its name."""
