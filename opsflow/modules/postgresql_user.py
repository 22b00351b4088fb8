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
        """The user."""
        state: Literal["absent", "present"] = "present"
        """Whether there is such a user."""
        password: Text | None = arg(None, secret=True)
        """The password, or its hash."""
        login_db: Text = arg("", "db")
        """The database to connect to."""
        fail_on_user: Bool = arg(True, "fail_on_role")
        """Fail where a user cannot be removed."""
        role_attr_flags: Text = ""
        """What the user may: `CREATEDB`, `NOSUPERUSER`, with commas between."""
        encrypted: Bool = True
        """The password is kept as a hash."""
        expires: Text | None = None
        """When the password ends."""
        no_password_changes: Bool = False
        """Leave the password of a user that is there."""
        conn_limit: Int | None = None
        """How many connections the user may have; -1 means any."""
        comment: Text | None = None
        """A comment."""
        configuration: Dict = arg({})
        """Settings for the user's sessions."""
        reset_unspecified_configuration: Bool = False
        """Put back settings that are not given."""
        quote_configuration_values: Bool = True
        """Quote the values of settings."""

    target = "postgresql_user.run"
