"""postgresql_ext: extensions of a database of PostgreSQL."""

from __future__ import annotations

from typing import Literal

from .base.module import Module, modules
from .base.postgresql import PostgresqlArgs
from .base.types import Bool, Text, arg


@modules.register("postgresql_ext")
class PostgresqlExt(Module):
    """Create, update or drop an extension of a PostgreSQL database.

    Without `version` an extension that is there stays as it is; `latest` is the version that the host has.

    Returns:
        ext, db: the extension and its database.
        prev_version, version: before and now, empty where it was or is not there.
        queries: the statements that were run.

    Examples:
        - name: Let the database search in texts
          postgresql_ext:
            name: pg_trgm
            login_db: acme
          become: true
          become_user: postgres
    """

    class Args(PostgresqlArgs):
        name: Text = arg(..., "ext")
        login_db: Text = arg(..., "db")
        state: Literal["absent", "present"] = "present"
        schema_: Text | None = arg(None, name="schema")
        version: Text | None = None
        cascade: Bool = False
        comment: Text | None = None

    target = "postgresql_ext.run"
