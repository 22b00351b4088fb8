"""mysql_db: databases of a MySQL or MariaDB server."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, model_validator

from .base.module import Module, Result, TaskContext, modules
from .base.mysql import MysqlArgs
from .base.types import Bool, Path, StrList, Text, arg, to_int

_FOR_SHELLS = ("use_shell", "unsafe_login_password", "pipefail")


@modules.register("mysql_db")
class MysqlDb(Module):
    """Create or drop databases of MySQL or MariaDB; dump them to a file, or import one.

    The name of `target` says how a dump is packed: `.gz`, `.bz2`, `.xz`, `.zst`. Only dumping and importing
    need client programs on the host. `name: all` is for these. `use_shell`, `pipefail` and
    `unsafe_login_password` are accepted: there is no shell, errors are never lost, passwords may be anything.

    Returns:
        db, db_list: the databases.
        executed_commands: the statements, or the command, that were run.

    Examples:
        - name: Have a database
          mysql_db:
            login_unix_socket: /run/mysqld/mysqld.sock
            name: acme
            encoding: utf8mb4

        - name: Keep a copy
          mysql_db:
            login_unix_socket: /run/mysqld/mysqld.sock
            name: acme
            state: dump
            target: /var/backups/acme.sql.gz
            single_transaction: true
    """

    class Args(MysqlArgs):
        name: StrList = arg(..., "db")
        """The databases; `all` for dump and import."""
        state: Literal["absent", "dump", "import", "present"] = "present"
        """What is done."""
        encoding: Text = ""
        """The character set of a new one."""
        collation: Text = ""
        """The collation of a new one."""
        target: Path | None = None
        """The file of a dump; packed by its ending."""
        single_transaction: Bool = False
        """Dump in one transaction."""
        quick: Bool = True
        """Dump row by row."""
        ignore_tables: StrList = arg([])
        """Tables that are left out: `database.table`."""
        hex_blob: Bool = False
        """Write binary columns in hexadecimal."""
        force: Bool = False
        """Go on after errors."""
        master_data: Annotated[Literal[0, 1, 2], BeforeValidator(to_int)] = 0
        """Write the place in the binary log: 1 as a statement, 2 as a comment."""
        skip_lock_tables: Bool = False
        """Do not lock tables."""
        dump_extra_args: Text | None = None
        """More words for mysqldump."""
        use_shell: Bool = False
        """Has no meaning: no shell is needed."""
        unsafe_login_password: Bool = False
        """Has no meaning: the password is in no command line."""
        restrict_config_file: Bool = False
        """Read no settings but those of `config_file`."""
        check_implicit_admin: Bool = False
        """Try root without a password first."""
        config_overrides_defaults: Bool = False
        """What `config_file` says counts more than defaults of options."""
        chdir: Path | None = None
        """The directory for relative paths."""
        pipefail: Bool = True
        """Has no meaning: errors are never lost."""
        sql_log_bin: Bool = True
        """Write changes to the binary log."""

        @model_validator(mode="after")
        def _sensible(self) -> Self:
            if not 0 <= self.login_port <= 65535:
                raise ValueError("login_port must be a valid unix port number (0-65535)")
            if "" in self.ignore_tables:
                raise ValueError("Name of ignored table cannot be empty")
            if self.state == "import" and len(self.name) > 1:
                raise ValueError("Multiple databases are not supported with state=import")
            if self.state in ("dump", "import") and self.target is None:
                raise ValueError(f"with state={self.state} target is required")
            if self.state in ("present", "absent") and self.name == ["all"]:
                raise ValueError("name is not allowed to equal 'all' unless state equals import, or dump.")
            return self

    target = "mysql_db.run"

    async def run(self, task: TaskContext, args: Args) -> Result:
        sent = {name: value for name, value in args.sent().items() if name not in _FOR_SHELLS}
        return await task.call(self.target, sent)
