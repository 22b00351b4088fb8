"""postgresql_user: users (roles) of a PostgreSQL server."""

from __future__ import annotations

from typing import Literal

from .base.module import Module, modules
from .base.postgresql import PostgresqlArgs
from .base.types import Bool, Dict, Int, Text, arg


@modules.register("postgresql_user")
class PostgresqlUser(Module):
    """Create, change or drop a user (role) of a PostgreSQL server.

    A password that the user has already, in whichever way it is hashed, is left alone; `queries` never holds
    it. `role_attr_flags` are `SUPERUSER`, `CREATEROLE`, `CREATEDB`, `INHERIT`, `LOGIN`, `REPLICATION`,
    `BYPASSRLS`, or these with `NO` before them.

    Returns:
        user: its name.
        queries: the statements that were run.
        user_removed: with `state: absent`, whether it is gone.

    Examples:
        - name: A user for an application
          postgresql_user:
            name: acme
            password: "{{ acme_password }}"
            role_attr_flags: NOSUPERUSER,CREATEDB
            configuration:
              statement_timeout: 30s
          become: true
          become_user: postgres
    """

    class Args(PostgresqlArgs):
        name: Text = arg(..., "user")
        state: Literal["absent", "present"] = "present"
        password: Text | None = arg(None, secret=True)
        login_db: Text = arg("", "db")
        fail_on_user: Bool = arg(True, "fail_on_role")
        role_attr_flags: Text = ""
        encrypted: Bool = True
        expires: Text | None = None
        no_password_changes: Bool = False
        conn_limit: Int | None = None
        comment: Text | None = None
        configuration: Dict = arg({})
        reset_unspecified_configuration: Bool = False
        quote_configuration_values: Bool = True

    target = "postgresql_user.run"
