"""postgresql_ping: is the server there?"""

from __future__ import annotations

from .base.module import Module, modules
from .base.postgresql import PostgresqlArgs
from .base.types import Text, arg


@modules.register("postgresql_ping")
class PostgresqlPing(Module):
    """Ask a PostgreSQL server for its version; one that can't be reached is no failure.

    Returns:
        is_available: whether it answered.
        server_version: `major`, `minor`, `patch` (before version 10), `full` and `raw`.
        conn_err_msg: why it can't be reached.

    Examples:
        - name: Is the server up?
          postgresql_ping:
            login_db: acme
          register: server
    """

    class Args(PostgresqlArgs):
        login_db: Text | None = arg(None, "db")
        """The database."""

    target = "postgresql_ping.run"
