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
        """The database."""
        state: Literal["absent", "dump", "present", "rename", "restore"] = "present"
        """What is done."""
        owner: Text = ""
        """Its owner."""
        template: Text = ""
        """What a new one is a copy of."""
        encoding: Text = ""
        """The character set of a new one."""
        lc_collate: Text = ""
        """The collation of a new one."""
        lc_ctype: Text = ""
        """The kinds of characters of a new one."""
        icu_locale: Text = ""
        """The ICU locale of a new one."""
        locale_provider: Text = ""
        """Who provides the locale of a new one."""
        conn_limit: Text = ""
        """How many connections it takes; -1 means any."""
        tablespace: Text = ""
        """Its tablespace."""
        comment: Text | None = None
        """Its comment."""
        force: Bool = False
        """Remove it even where somebody is connected."""
        maintenance_db: Text = "postgres"
        """The database to connect to meanwhile."""
        target: Path = ""
        """The file of a dump, or the new name; packed by its ending."""
        target_opts: Text = ""
        """More words for the program that dumps or restores."""
        dump_extra_args: Text | None = None
        """More words for pg_dump."""

        @model_validator(mode="after")
        def _sensible(self) -> Self:
            if self.state == "rename":
                if not self.target:
                    raise ValueError('The "target" option must be defined when the "rename" option is used.')
                if self.name in (self.target, self.maintenance_db):
                    raise ValueError("a database can't be renamed to itself, nor while we are in it")
            return self

    target = "postgresql_db.run"
