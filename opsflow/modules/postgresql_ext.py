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
        """The extension."""
        login_db: Text = arg(..., "db")
        """The database."""
        state: Literal["absent", "present"] = "present"
        """Whether it is to be there."""
        schema_: Text | None = arg(None, name="schema")
        """The schema for it."""
        version: Text | None = None
        """Its version; `latest` for the newest."""
        cascade: Bool = False
        """Install what it needs, or remove what needs it."""
        comment: Text | None = None
        """Its comment."""

    target = "postgresql_ext.run"
