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
        """The user."""
        state: Literal["absent", "present"] = "present"
        """Whether there is such a user."""
        password: Text | None = arg(None, secret=True)
        """The password."""
        encrypted: Bool = False
        """The password is a hash."""
        host: Text = "localhost"
        """The host that the user comes from."""
        host_all: Bool = False
        """All hosts of the user."""
        priv: Any = None
        """What is allowed: `db.table:SELECT,INSERT`, with `/` between several, or a mapping."""
        append_privs: Bool = False
        """Add to what is allowed."""
        subtract_privs: Bool = False
        """Take away from what is allowed."""
        column_case_sensitive: Bool = True
        """Names of columns are told apart by case."""
        tls_requires: Dict | None = None
        """What the user's connection must be."""
        attributes: Dict | None = None
        """Attributes of the user."""
        resource_limits: Dict | None = None
        """Limits, such as MAX_USER_CONNECTIONS."""
        update_password: Literal["always", "on_create", "on_new_username"] = "always"  # noqa: S105
        """When the password is set."""
        plugin: Text | None = None
        """How the user is recognised."""
        plugin_hash_string: Text | None = arg(None, secret=True)
        """A hash for that."""
        plugin_auth_string: Text | None = arg(None, secret=True)
        """A secret for that."""
        salt: Text | None = None
        """The salt of its hash."""
        password_expire: Literal["now", "never", "default", "interval"] | None = None
        """Whether the password ends: now, never, by default, after days."""
        password_expire_interval: Int | None = None
        """How many days."""
        locked: Bool | None = None
        """Whether the account is locked."""
        check_implicit_admin: Bool = False
        """Try root without a password first."""
        force_context: Bool = False
        """Use the database mysql while it works."""
        sql_log_bin: Bool = True
        """Write changes to the binary log."""
        session_vars: Dict | None = None
        """Settings of the session."""

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
