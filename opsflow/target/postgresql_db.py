"""Databases of a PostgreSQL server."""

from __future__ import annotations

import os
import re

from opsflow.target import postgresql, postgresql_dump
from opsflow.target.paths import expand
from opsflow.target.postgresql_values import identifier
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.postgresql import Row, Session
    from opsflow.target.request import Request

_FIXED = (
    ("lc_collate", "LC_COLLATE"), ("lc_ctype", "LC_CTYPE"), ("icu_locale", "ICU_LOCALE"),
    ("locale_provider", "LOCALE_PROVIDER"),
)  # fmt: skip
_NOW = """
SELECT rolname AS owner, pg_encoding_to_char(encoding) AS encoding, encoding AS encoding_id,
  datcollate AS lc_collate, datctype AS lc_ctype, %(icu)s AS icu_locale,
  CASE %(provider)s WHEN 'c' THEN 'libc' WHEN 'i' THEN 'icu' END AS locale_provider,
  datconnlimit AS conn_limit, spcname AS tablespace,
  pg_catalog.shobj_description(d.oid, 'pg_database') AS comment
FROM pg_database d JOIN pg_roles r ON r.oid = datdba JOIN pg_tablespace s ON s.oid = dattablespace
WHERE datname = %(name)s"""


def run(request: Request, name: str, state: str, target: str, **options: Any) -> dict[str, Any]:
    """Create, change, drop or rename a database; dump and restore one."""
    if not options["trust_input"]:
        looked_at = ("owner", "conn_limit", "encoding", "template", "tablespace", "session_role", "comment")
        postgresql.refuse_dangerous(name, *[options.get(option) for option in looked_at])
    if options["conn_limit"] and not re.match(r"-?\d+$", options["conn_limit"]):
        raise Fail("conn_limit is a number, not '%s'" % options["conn_limit"])
    if state in ("dump", "restore"):
        target = expand(request, target) if target else os.path.join(os.getcwd(), name + ".sql")
        return postgresql_dump.run(request, name, state, target, options)
    with postgresql.connect(request, dict(options, login_db=options["maintenance_db"])) as session:
        work = _Database(request, session, name, options)
        changed = (
            {"present": work.present, "absent": work.absent}[state]()
            if state != "rename"
            else (work.rename(target))
        )
    told = {"changed": changed, "db": name, "executed_commands": [] if request.check else work.statements}
    return dict(told, diff={"prepared": "\n".join(work.statements)}) if request.diff else told


class _Database:
    """The statements that bring a database to its wanted state; check mode does not run them."""

    def __init__(self, request: Request, session: Session, name: str, options: dict[str, Any]) -> None:
        self.request = request
        self.session = session
        self.name = name
        self.quoted = identifier(name)
        self.options = options
        self.statements: list[str] = []

    def _do(self, statement: str) -> None:
        self.statements.append(statement)
        if not self.request.check:
            try:
                self.session.run(statement)
            except Fail as error:
                raise Fail("Database query failed: %s" % error.msg) from None

    def _exists(self, name: str) -> bool:
        return bool(self.session.rows("SELECT 1 FROM pg_database WHERE datname = %s", [name]))

    def absent(self) -> bool:
        if not self._exists(self.name):
            return False
        forced = self.options["force"] and self.session.version >= 130000
        if self.options["force"] and not forced and not self.request.check:
            self.session.run(
                "UPDATE pg_database SET datallowconn = false WHERE datname = %(db)s;"
                " SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = %(db)s AND pid <> pg_backend_pid()",
                {"db": self.name},
            )
        self._do("DROP DATABASE %s%s" % (self.quoted, " WITH (FORCE)" if forced else ""))
        return True

    def rename(self, target: str) -> bool:
        here, there = self._exists(self.name), self._exists(target)
        if here and there:
            raise Fail("Both the source and the target databases exist.")
        if not here and not there:
            raise Fail("The source and the target databases do not exist.")
        if here:
            self._do("ALTER DATABASE %s RENAME TO %s" % (self.quoted, identifier(target)))
        return here

    def present(self) -> bool:
        now = self._now()
        if now is None:
            self._create()
            return True
        self._refuse_what_is_fixed(now)
        owner, limit, space = (self.options[name] for name in ("owner", "conn_limit", "tablespace"))
        alter = "ALTER DATABASE %s " % self.quoted
        if owner and owner != now["owner"]:
            self._do(alter + "OWNER TO %s" % identifier(owner))
        if limit and limit != str(now["conn_limit"]):
            self._do(alter + "CONNECTION LIMIT %s" % limit)
        if space and space != now["tablespace"]:
            self._do(alter + "SET TABLESPACE %s" % identifier(space))
        comment = self.options.get("comment")
        if comment is not None and comment != (now["comment"] or ""):
            self._comment(comment)
        return bool(self.statements)

    def _now(self) -> Row | None:
        """Return what the database is like, None if it is not there."""
        version = self.session.version
        icu = "datlocale" if version >= 170000 else "daticulocale" if version >= 150000 else "NULL"
        provider = "datlocprovider" if version >= 150000 else "''"
        return self.session.one(
            _NOW % {"icu": icu, "provider": provider, "name": self.session.literal(self.name)}
        )

    def _refuse_what_is_fixed(self, now: Row) -> None:
        encoding = self.options["encoding"]
        if encoding:
            wanted = self.session.one("SELECT pg_char_to_encoding(%s) AS id", [encoding])
            if wanted and wanted["id"] != now["encoding_id"]:
                raise _fixed("database encoding", "encoding", now["encoding"])
        for option, word in _FIXED:
            if self.options[option] and self.options[option] != now[option]:
                raise _fixed(word, word, now[option])

    def _create(self) -> None:
        given = self.options
        icu = self.session.version >= 150000
        parts = ["CREATE DATABASE %s" % self.quoted]
        for option, words, quote, known in (
            ("owner", "OWNER", identifier, True),
            ("template", "TEMPLATE", identifier, True),
            ("encoding", "ENCODING", self.session.literal, True),
            ("lc_collate", "LC_COLLATE", self.session.literal, True),
            ("lc_ctype", "LC_CTYPE", self.session.literal, True),
            ("icu_locale", "ICU_LOCALE", self.session.literal, icu),
            ("locale_provider", "LOCALE_PROVIDER", self.session.literal, icu),
            ("tablespace", "TABLESPACE", identifier, True),
            ("conn_limit", "CONNECTION LIMIT", str, True),
        ):
            if given[option] and known:
                parts.append("%s %s" % (words, quote(given[option])))
        self._do(" ".join(parts))
        if given.get("comment"):
            self._comment(given["comment"])

    def _comment(self, comment: str) -> None:
        self._do("COMMENT ON DATABASE %s IS %s" % (self.quoted, self.session.literal(comment)))


def _fixed(what: str, word: str, now: Any) -> Fail:
    return Fail("Changing %s is not supported. Current %s: %s" % (what, word, now))
