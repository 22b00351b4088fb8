"""postgresql_db: databases of a PostgreSQL server."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from .base.module import Module, modules
from .base.postgresql import PostgresqlArgs
from .base.types import Bool, Path, Text, arg


@modules.register("postgresql_db")
class PostgresqlDb(Module):
    """Create, change, drop or rename a database of PostgreSQL; dump it to a file, restore it from one.

    The name of `target` says what a dump is: `.sql`, packed as `.gz`, `.bz2` or `.xz`, or `.tar`, `.pgc`
    (custom) and `.dir` of pg_dump. Only dumping and restoring need PostgreSQL's client programs on the host.

    Returns:
        db: the database.
        executed_commands: the statements, or the command, that were run.
        cmd, rc, msg, stderr: of dump and restore.

    Examples:
        - name: Have a database
          postgresql_db:
            name: acme
            owner: acme
            encoding: UTF-8
          become: true
          become_user: postgres

        - name: Keep a copy
          postgresql_db:
            name: acme
            state: dump
            target: /var/backups/acme.sql.gz
          become: true
          become_user: postgres
    """

    class Args(PostgresqlArgs):
        name: Text = arg(..., "db")
        state: Literal["absent", "dump", "present", "rename", "restore"] = "present"
        owner: Text = ""
        template: Text = ""
        encoding: Text = ""
        lc_collate: Text = ""
        lc_ctype: Text = ""
        icu_locale: Text = ""
        locale_provider: Text = ""
        conn_limit: Text = ""
        tablespace: Text = ""
        comment: Text | None = None
        force: Bool = False
        maintenance_db: Text = "postgres"
        target: Path = ""
        target_opts: Text = ""
        dump_extra_args: Text | None = None

        @model_validator(mode="after")
        def _sensible(self) -> Self:
            if self.state == "rename":
                if not self.target:
                    raise ValueError('The "target" option must be defined when the "rename" option is used.')
                if self.name in (self.target, self.maintenance_db):
                    raise ValueError("a database can't be renamed to itself, nor while we are in it")
            return self

    target = "postgresql_db.run"
