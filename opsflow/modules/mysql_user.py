"""mysql_user: users of a MySQL or MariaDB server."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import model_validator

from .base.module import Module, Result, TaskContext, modules
from .base.mysql import MysqlArgs
from .base.types import Bool, Dict, Int, Text, arg

_SHA2 = ("caching_sha2_password", "sha256_password")


@modules.register("mysql_user")
class MysqlUser(Module):
    """Create, change or drop a user of MySQL or MariaDB, with its password and privileges.

    `priv` is a mapping, or text such as `db.table:SELECT,INSERT/other.*:ALL`. It is all that the user may do,
    unless it is to be added (`append_privs`) or taken away (`subtract_privs`).

    Returns:
        user, msg: the user, and what was done.
        password_changed: whether it logs in in another way now.
        attributes: the user's attributes (MySQL 8).

    Examples:
        - name: A user for an application
          mysql_user:
            login_unix_socket: /run/mysqld/mysqld.sock
            name: acme
            password: "{{ acme_password }}"
            priv:
              acme.*: ALL
    """

    class Args(MysqlArgs):
        name: Text = arg(..., "user")
        state: Literal["absent", "present"] = "present"
        password: Text | None = arg(None, secret=True)
        encrypted: Bool = False
        host: Text = "localhost"
        host_all: Bool = False
        priv: Any = None
        append_privs: Bool = False
        subtract_privs: Bool = False
        column_case_sensitive: Bool = True
        tls_requires: Dict | None = None
        attributes: Dict | None = None
        resource_limits: Dict | None = None
        update_password: Literal["always", "on_create", "on_new_username"] = "always"  # noqa: S105
        plugin: Text | None = None
        plugin_hash_string: Text | None = arg(None, secret=True)
        plugin_auth_string: Text | None = arg(None, secret=True)
        salt: Text | None = None
        password_expire: Literal["now", "never", "default", "interval"] | None = None
        password_expire_interval: Int | None = None
        locked: Bool | None = None
        check_implicit_admin: Bool = False
        force_context: Bool = False
        sql_log_bin: Bool = True
        session_vars: Dict | None = None

        @model_validator(mode="after")
        def _sensible(self) -> Self:
            if self.append_privs and self.subtract_privs:
                raise ValueError("give append_privs or subtract_privs, not both")
            if self.priv and not isinstance(self.priv, str | dict):
                raise ValueError("priv must be text or a mapping")
            if self.password_expire == "interval" and self.password_expire_interval is None:  # noqa: S105
                raise ValueError("password_expire interval needs password_expire_interval")
            if self.password_expire_interval is not None and self.password_expire_interval < 1:
                raise ValueError("password_expire_interval value should be positive number")
            if self.salt:
                self._check_salt(self.salt)
            return self

        def _check_salt(self, salt: str) -> None:
            if not self.plugin_auth_string:
                raise ValueError("salt requires plugin_auth_string")
            if len(salt) != 20:
                raise ValueError("salt must be 20 characters long")
            if self.plugin not in _SHA2:
                raise ValueError("salt requires caching_sha2_password or sha256_password plugin")

        def required(self) -> dict[str, Any] | str | None:
            """Return what TLS must bring along: particulars, else X509 or SSL."""
            given = {name.upper(): value for name, value in (self.tls_requires or {}).items()}
            if not given:
                return None
            particulars = {name: value for name, value in given.items() if name not in ("SSL", "X509")}
            return particulars or ("X509" if "X509" in given else "SSL")

        @model_validator(mode="after")
        def _required(self) -> Self:
            required = self.required()
            known = ("CIPHER", "ISSUER", "SUBJECT")
            if isinstance(required, dict) and (bad := [name for name in required if name not in known]):
                raise ValueError(f"tls_requires: {bad[0]} is none of SSL, X509, {', '.join(known)}")
            return self

    target = "mysql_user.run"

    async def run(self, task: TaskContext, args: Args) -> Result:
        return await task.call(self.target, {**args.sent(), "tls_requires": args.required()})
