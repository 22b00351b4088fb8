"""Users (roles) of a PostgreSQL server."""

from __future__ import annotations

import hashlib
import re

from opsflow.target import postgresql, scram
from opsflow.target.postgresql_values import identifier
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.postgresql import Row, Session
    from opsflow.target.request import Request

_FLAGS = {
    "SUPERUSER": "rolsuper", "CREATEROLE": "rolcreaterole", "CREATEDB": "rolcreatedb", "LOGIN": "rolcanlogin",
    "INHERIT": "rolinherit", "REPLICATION": "rolreplication", "BYPASSRLS": "rolbypassrls",
}  # fmt: skip


def run(request: Request, name: str, state: str, **options: Any) -> dict[str, Any]:
    """Create, change or drop a user, in one transaction that check mode undoes."""
    if not options["trust_input"]:
        looked_at = ("password", "expires", "role_attr_flags", "comment", "session_role", "configuration")
        postgresql.refuse_dangerous(name, *[options.get(option) for option in looked_at])
    with postgresql.connect(request, options) as session:
        session.run("BEGIN")
        user = _User(request, session, name, options)
        result = user.present() if state == "present" else user.absent()
        session.run("ROLLBACK" if request.check else "COMMIT")
    result.update(user=name, queries=user.queries)
    return dict(result, diff={"prepared": "\n".join(user.queries)}) if request.diff else result


class _User:
    """The statements that bring a user to the wanted state. `queries` never has the password."""

    def __init__(self, request: Request, session: Session, name: str, options: dict[str, Any]) -> None:
        self.request = request
        self.session = session
        self.options = options
        self.name = name[1:-1].replace('""', '"') if re.match('".+"$', name) else name
        self.quoted = identifier(self.name)
        self.flags = _flags(options["role_attr_flags"])
        self.queries: list[str] = []

    def _do(self, query: str) -> None:
        self.session.run(query)
        self.queries.append(query)

    def absent(self) -> dict[str, Any]:
        if self._now() is None:
            return {"changed": False}
        if self.request.check:
            return {"changed": True, "user_removed": True}
        query = "DROP USER %s" % self.quoted
        self.queries.append(query)
        self.session.run("SAVEPOINT dropping")
        try:
            self.session.run(query)
        except postgresql.PgError as error:
            if self.options["fail_on_user"]:
                raise Fail("Unable to remove user: %s" % error.msg) from None
            self.session.run("ROLLBACK TO SAVEPOINT dropping")
            return {"changed": False, "user_removed": False}
        return {"changed": True, "user_removed": True}

    def present(self) -> dict[str, Any]:
        if self.name == "PUBLIC":
            return self._public()
        now = self._now()
        if now is None:
            self._create()
        else:
            self._alter(now)
        comment = self.options.get("comment")
        if comment is not None and comment != ((now and now["comment"]) or ""):
            self._do("COMMENT ON ROLE %s IS %s" % (self.quoted, self.session.literal(comment)))
        self._configure(now)
        return {"changed": bool(self.queries)}

    def _public(self) -> dict[str, Any]:
        """The group of everybody is always there, and has nothing that could be changed here."""
        for option in ("password", "role_attr_flags"):
            if self.options.get(option) not in (None, ""):
                raise Fail("cannot change the %s for PUBLIC user" % option)
        return {"changed": False}

    def _now(self) -> Row | None:
        """Return what the user is like, None if there is none; its password's hash where we may know it."""
        return self.session.one(
            "SELECT r.*, shobj_description(r.oid, 'pg_authid') AS comment,"
            " has_column_privilege('pg_authid', 'rolpassword', 'SELECT') AS open"
            " FROM pg_roles r WHERE rolname = %s",
            [self.name],
        )

    def _create(self) -> None:
        password = self.options.get("password")
        # Spaces at the end are what Ansible's `queries` have as well.
        parts = [*(self._password() if password else ()), *self._limits(), " ".join(self.flags)]
        self._do_secretly("CREATE USER %s " % self.quoted, " ".join(parts))

    def _alter(self, now: Row) -> None:
        """Change what differs, by one statement."""
        changing = self._other_password(now)
        if not (changing or self._other_flags(now) or self._other_expiry() or self._other_limit(now)):
            return
        parts: list[str] = []
        if changing:
            parts = self._password() if self.options["password"] else ["WITH PASSWORD NULL"]
            parts.append(" ".join(self.flags))
        elif self.flags:
            parts.append("WITH %s" % " ".join(self.flags))
        self._do_secretly("ALTER USER %s " % self.quoted, " ".join([*parts, *self._limits()]))

    def _do_secretly(self, head: str, places: str) -> None:
        """Run a statement whose values are told of by their names only."""
        args = {"password": self.options.get("password"), "expires": self.options.get("expires")}
        self.session.run(head + self.session.bind(places, args))
        self.queries.append(head + places)

    def _password(self) -> list[str]:
        return [
            "WITH %s" % ("ENCRYPTED" if self.options["encrypted"] else "UNENCRYPTED"),
            "PASSWORD %(password)s",
        ]

    def _limits(self) -> list[str]:
        limit = self.options.get("conn_limit")
        parts = ["VALID UNTIL %(expires)s"] if self.options.get("expires") is not None else []
        return parts + (["CONNECTION LIMIT %d" % limit] if limit is not None else [])

    def _other_flags(self, now: Row) -> bool:
        wanted = {flag[2:] if flag not in _FLAGS else flag: flag in _FLAGS for flag in self.flags}
        return any(now[_FLAGS[flag]] != on for flag, on in wanted.items())

    def _other_limit(self, now: Row) -> bool:
        return self.options.get("conn_limit") not in (None, now["rolconnlimit"])

    def _other_expiry(self) -> bool:
        if self.options.get("expires") is None:
            return False
        row = self.session.one(
            "SELECT %s::timestamptz IS DISTINCT FROM rolvaliduntil AS other FROM pg_roles WHERE rolname = %s",
            [self.options["expires"], self.name],
        )
        return bool(row and row["other"])

    def _other_password(self, now: Row) -> bool:
        """Tell whether the user has another password than the wanted one, or we may not know."""
        wanted = self.options.get("password")
        if wanted is None or self.options["no_password_changes"]:
            return False
        if not now["open"]:
            return True
        row = self.session.one("SELECT rolpassword AS hash FROM pg_authid WHERE rolname = %s", [self.name])
        stored: Any = row and row["hash"]
        if wanted == "":
            return stored is not None
        if scram.STORED.match(wanted):
            return wanted != stored
        if stored is not None and scram.STORED.match(stored):
            return not scram.fits(wanted, stored)
        if (wanted.startswith("md5") and len(wanted) == 35) or not self.options["encrypted"]:
            return wanted != stored
        return self._hashing() != "md5" or _md5(wanted, self.name) != stored

    def _hashing(self) -> str:
        row = self.session.one("SHOW password_encryption")
        return str(row and row["password_encryption"])

    def _configure(self, now: Row | None) -> None:
        """Set and reset the settings that the user's sessions begin with."""
        pairs = (one.partition("=") for one in (now and now["rolconfig"]) or [])
        current = {key: value for key, _, value in pairs}
        wanted = {key: _setting(value) for key, value in self.options["configuration"].items()}
        if self.options["reset_unspecified_configuration"]:
            for key in current:
                if key not in wanted:
                    self._do("ALTER ROLE %s RESET %s;" % (self.quoted, identifier(key)))
        for key, value in wanted.items():
            if current.get(key) != value:
                quoted = self.session.literal(value) if self.options["quote_configuration_values"] else value
                self._do("ALTER ROLE %s SET %s TO %s;" % (self.quoted, identifier(key), quoted))


def _flags(text: str) -> list[str]:
    """Return attributes of a role as keywords. Raises Fail for those that there are not."""
    found = list(dict.fromkeys(flag.strip().upper() for flag in text.split(",") if flag.strip()))
    bad = [flag for flag in found if flag not in _FLAGS and not (flag[:2] == "NO" and flag[2:] in _FLAGS)]
    if bad:
        raise Fail("Invalid role_attr_flags specified: %s" % " ".join(bad))
    return found


def _setting(value: Any) -> str:
    return ("on" if value else "off") if isinstance(value, bool) else str(value)


def _md5(password: str, user: str) -> str:
    return "md5" + hashlib.md5((password + user).encode()).hexdigest()  # noqa: S324
