"""Users of a MySQL or MariaDB server."""

from __future__ import annotations

from opsflow.target import mysql, mysql_privileges
from opsflow.target.mysql_account import Account
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.request import Request


def run(request: Request, name: str, host: str, state: str, **options: Any) -> dict[str, Any]:
    """Create, change or drop a user at one host, or at all that it has."""
    database = "mysql" if options["force_context"] else ""
    with mysql.connect(request, options, database) as session:
        if not session.at_least("5.7", "10.2"):
            raise Fail("users need MySQL 5.7, MariaDB 10.2 or newer; this is %s" % session.version)
        session.prepare(options)
        session.run("SET SESSION sql_mode = REPLACE(@@sql_mode, 'ANSI_QUOTES', '')")  # for one kind of quotes
        users = _Users(request, session, name, host.lower(), options)
        result = users.present() if state == "present" else users.absent()
    told = {"user": name, "password_changed": False, "attributes": None}
    told.update(result)
    return dict(told, diff={"prepared": "\n".join(users.statements)}) if request.diff else told


class _Users:
    """The accounts of one name that a task is about, and what is wanted of them."""

    def __init__(
        self, request: Request, session: mysql.Session, name: str, host: str, options: dict[str, Any]
    ) -> None:
        self.request = request
        self.session = session
        self.name = name
        self.options = options
        self.statements: list[str] = []
        every = [row["Host"] for row in session.rows("SELECT Host FROM mysql.user WHERE User = %s", [name])]
        self.siblings = [self._account(one) for one in every]
        self.mine = [one for one in self.siblings if options["host_all"] or one.host == host]
        self.host = host

    def _account(self, host: str) -> Account:
        return Account(self.request, self.session, self.name, host, self.statements)

    def absent(self) -> dict[str, Any]:
        for account in self.mine:
            account.drop()
        return {"changed": bool(self.mine), "msg": "User deleted" if self.mine else "User doesn't exist"}

    def present(self) -> dict[str, Any]:
        wanted = self._privileges()
        if not self.mine:
            return self._create(wanted)
        result: dict[str, Any] = {"changed": False, "msg": "User unchanged", "attributes": {}}
        result["password_changed"] = False
        for account in self.mine:
            self._change(account, wanted, result)
        return result

    def _privileges(self) -> mysql_privileges.Privileges | None:
        given = self.options.get("priv")
        if given is None:
            return None
        text = mysql_privileges.as_text(given)
        subtract = self.options["subtract_privs"]
        return mysql_privileges.unpack(text, self.options["column_case_sensitive"], not subtract)

    def _create(self, wanted: mysql_privileges.Privileges | None) -> dict[str, Any]:
        if self.options["host_all"]:
            raise Fail("host_all parameter cannot be used when adding a user")
        account = self._account(self.host)
        attributes = self.options.get("attributes")
        account.refuse_what_the_server_lacks(self.options)
        reuse = self.options["update_password"] == "on_new_username"  # noqa: S105
        reused = self._reused() if reuse else None
        secret = (
            dict(self.options, password=None, plugin_auth_string=None, **reused) if reused else self.options
        )
        account.create(secret, self.options.get("tls_requires"))
        account.expire(self.options)
        for place, words in (wanted or {}).items() if not self.options["subtract_privs"] else ():
            account.take(mysql_privileges.Step(place, words, [], ""))
        if attributes:
            account.set_attributes(attributes)
        if self.options.get("locked"):
            account.lock(True)
        account.limit({}, self.options.get("resource_limits") or {})
        changed = None if self.request.check else reused is None
        told = attributes if self.request.check else attributes and account.attributes()
        return {"changed": True, "msg": "User added", "password_changed": changed, "attributes": told}

    def _reused(self) -> dict[str, str] | None:
        """Return how other accounts of the name log in, if all do in one way."""
        ways = [(one.row["plugin"], one.hash) for one in self.siblings]
        if not ways or len(set(ways)) > 1:
            return None
        return {"plugin": ways[0][0], "plugin_hash_string": ways[0][1]}

    def _change(
        self, account: Account, wanted: mysql_privileges.Privileges | None, result: dict[str, Any]
    ) -> None:
        """Bring one account to the wanted state; the last thing that is done is what is said."""
        options = self.options
        account.refuse_what_the_server_lacks(options)
        always = options["update_password"] == "always"  # noqa: S105
        if always and account.authenticate(options):
            result.update(changed=True, password_changed=True, msg=account.said)
        if options.get("password_expire") and not account.expires_as(options):
            account.expire(options)
            result.update(changed=True, password_changed=True)
        if wanted is not None and self._privilege(account, wanted):
            result.update(changed=True, msg=account.said)
        if account.knows_attributes:
            self._attribute(account, result)
        locked = options.get("locked")
        if locked is not None and account.locked != locked:
            account.lock(locked)
            result.update(changed=True, msg=account.said)
        if account.require(options.get("tls_requires")):
            result.update(changed=True, msg=account.said)
        if account.limit(account.limits(), options.get("resource_limits") or {}):
            result["changed"] = True

    def _privilege(self, account: Account, wanted: mysql_privileges.Privileges) -> bool:
        before = mysql_privileges.current(self.session, account.name)
        append, subtract = self.options["append_privs"], self.options["subtract_privs"]
        steps = mysql_privileges.plan(before, wanted, append, subtract, self.name == "root")
        for step in steps:
            account.take(step)
            account.said = step.said
        if self.request.check or not steps:
            return bool(steps)
        return mysql_privileges.current(self.session, account.name) != before

    def _attribute(self, account: Account, result: dict[str, Any]) -> None:
        now = account.attributes() or {}
        wanted: dict[str, Any] = self.options.get("attributes") or {}
        changes = {key: value for key, value in wanted.items() if key not in now or now[key] != value}
        if changes:
            account.set_attributes(changes)
            result.update(changed=True, msg=account.said)
        after = {key: value for key, value in dict(now, **changes).items() if value is not None}
        result["attributes"] = after or None
