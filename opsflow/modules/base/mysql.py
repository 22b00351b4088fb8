"""Options that the modules of MySQL and MariaDB share: where the server is, and who we are to it."""

from __future__ import annotations

from .module import ModuleArgs
from .types import Bool, Int, Path, Text, arg


class MysqlArgs(ModuleArgs):
    """How to log in. What is not given is looked for in `config_file`."""

    login_user: Text | None = None
    login_password: Text | None = arg(None, secret=True)
    login_host: Text = "localhost"
    login_port: Int = 3306
    login_unix_socket: Text | None = None
    config_file: Path = "~/.my.cnf"
    connect_timeout: Int = 30
    client_cert: Path | None = arg(None, "ssl_cert")
    client_key: Path | None = arg(None, "ssl_key")
    ca_cert: Path | None = arg(None, "ssl_ca")
    check_hostname: Bool | None = None
