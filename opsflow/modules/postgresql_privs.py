"""postgresql_privs: who may do what in a database of PostgreSQL."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from .base.module import Module, Result, TaskContext, modules
from .base.postgresql import PostgresqlArgs
from .base.types import Bool, Text, arg

_WORDS = {
    "SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER", "CREATE", "CONNECT", "TEMP",
    "TEMPORARY", "EXECUTE", "USAGE", "ALL", "SET", "ALTER_SYSTEM", "MAINTAIN",
}  # fmt: skip
_ROWS = {"ALL", "SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER", "MAINTAIN"}
_DEFAULTS = {
    "TABLES": _ROWS,
    "SEQUENCES": {"ALL", "SELECT", "UPDATE", "USAGE"},
    "FUNCTIONS": {"ALL", "EXECUTE"},
    "TYPES": {"ALL", "USAGE"},
    "SCHEMAS": {"CREATE", "USAGE"},
}
_IN_SCHEMAS = ("table", "sequence", "function", "procedure")


@modules.register("postgresql_privs")
class PostgresqlPrivs(Module):
    """Grant privileges on objects of a PostgreSQL database to roles, or revoke them; make roles members.

    `objs`, `privs`, `roles` and `target_roles` are lists with commas. `objs: ALL_IN_SCHEMA` means all tables,
    sequences, functions or procedures of a schema, `ALL_DEFAULT` all kinds for `default_privs`. In the
    signature of a function colons stand for commas.

    Returns:
        queries: the statements that were run.

    Examples:
        - name: Let an application read and write
          postgresql_privs:
            login_db: acme
            roles: acme
            privs: SELECT,INSERT,UPDATE,DELETE
            objs: ALL_IN_SCHEMA
          become: true
          become_user: postgres

        - name: Be a member
          postgresql_privs:
            login_db: acme
            type: group
            objs: readers
            roles: anna
    """

    class Args(PostgresqlArgs):
        login_db: Text = arg(..., "db", "database")
        """The database."""
        state: Literal["absent", "present"] = "present"
        """Whether it is to be allowed."""
        type: Literal[
            "database", "default_privs", "foreign_data_wrapper", "foreign_server", "function", "group",
            "language", "parameter", "procedure", "schema", "sequence", "table", "tablespace", "type",
        ] = "table"  # fmt: skip
        """The kind of object."""
        objs: Text | None = arg(None, "obj")
        """The objects, with commas between them; `ALL_IN_SCHEMA` for all."""
        privs: Text | None = arg(None, "priv")
        """What is allowed, with commas between; `ALL` for everything."""
        schema_: Text | None = arg(None, name="schema")
        """The schema that the objects are in."""
        roles: Text = arg(..., "role")
        """Who may, with commas between; `PUBLIC` for all."""
        target_roles: Text | None = None
        """Whose new objects, for the type default_privs."""
        grant_option: Bool | None = arg(None, "admin_option")
        """Whether they may allow it to others."""
        fail_on_role: Bool = True
        """Fail where a role is not there; if not, it is left out."""

        def words(self) -> list[str]:
            """The privileges, in capitals."""
            return list(dict.fromkeys((self.privs or "").upper().split(","))) if self.privs else []

        @model_validator(mode="after")
        def _sensible(self) -> Self:
            if self.schema_ and self.type not in (*_IN_SCHEMAS, "type", "default_privs"):
                raise ValueError(f'Argument "schema" is not allowed for type "{self.type}".')
            if self.objs == "ALL_IN_SCHEMA" and self.type not in _IN_SCHEMAS:
                raise ValueError(f'Argument "objs": ALL_IN_SCHEMA can not be used for type "{self.type}".')
            if not self.objs and self.type != "database":
                raise ValueError(f'Argument "objs" is required for type "{self.type}".')
            if bool(self.privs) == (self.type == "group"):
                need = "not allowed" if self.privs else "required"
                raise ValueError(f'Argument "privs" is {need} for type "{self.type}".')
            if bad := [word for word in self.words() if word not in _WORDS]:
                raise ValueError(f"Invalid privileges specified: {', '.join(bad)}")
            if self.type == "default_privs":
                self._check_defaults()
            return self

        def _check_defaults(self) -> None:
            kinds = (self.objs or "").upper().split(",")
            if self.objs == "ALL_DEFAULT":
                kinds = [kind for kind in _DEFAULTS if kind != "SCHEMAS"]
            for kind in kinds:
                if kind not in _DEFAULTS:
                    raise ValueError(f"Invalid Object set specified: {kind}")
                if bad := [word for word in self.words() if word not in _DEFAULTS[kind]]:
                    raise ValueError(f"Invalid priv specified: {', '.join(bad)} is none of {kind}")

    target = "postgresql_privs.run"

    async def run(self, task: TaskContext, args: Args) -> Result:
        return await task.call(self.target, {**args.sent(), "privs": args.words()})
