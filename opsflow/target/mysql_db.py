"""Databases of a MySQL or MariaDB server."""

from __future__ import annotations

from opsflow.target import mysql, mysql_dump
from opsflow.target.mysql_values import identifier
from opsflow.target.paths import expand
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.request import Request


def run(request: Request, name: list[str], state: str, **options: Any) -> dict[str, Any]:
    """Create or drop databases; dump them to a file, or import one."""
    names = [one.strip() for one in name]
    told: dict[str, Any] = {"changed": False, "db": " ".join(names), "db_list": names}
    with mysql.connect(request, options) as session:
        databases = _Databases(request, session, names, options)
        if state in ("present", "absent"):
            session.prepare(options)
            missing = state == "present"
            told["changed"] = bool(databases.missing if missing else databases.there)
            databases.create() if missing else databases.drop()
            if not request.check:
                told["executed_commands"] = databases.statements
            if request.diff:
                told["diff"] = {"prepared": "\n".join(databases.statements)}
            return told
        return dict(told, **_by_client(request, databases, state))


def _by_client(request: Request, databases: _Databases, state: str) -> dict[str, Any]:
    """Dump or import, by client programs."""
    everything = databases.names == ["all"]
    if state == "dump" and databases.missing and not everything:
        raise Fail("Cannot dump database(s) '%s' - not found" % ", ".join(databases.missing))
    if request.check:
        return {"changed": True}
    if state == "import" and not everything:
        databases.create()
    client = mysql_dump.Client(request, databases.session, databases.options)
    target = expand(request, databases.options["target"])
    done = client.dump(databases.names, target) if state == "dump" else client.load(databases.names, target)
    if done.rc != 0:
        raise Fail(done.stderr or done.stdout, rc=done.rc, stdout=done.stdout, cmd=client.shown)
    return {"changed": True, "msg": done.stdout, "executed_commands": [*databases.statements, client.shown]}


class _Databases:
    """Databases by name, those that are there and those that are not."""

    def __init__(
        self, request: Request, session: mysql.Session, names: list[str], options: dict[str, Any]
    ) -> None:
        self.request = request
        self.session = session
        self.names = names
        self.options = options
        self.statements: list[str] = []
        query = "SELECT SCHEMA_NAME AS name FROM information_schema.SCHEMATA WHERE SCHEMA_NAME IN %s"
        known = [row["name"] for row in session.rows(query, [names])]
        self.there = [name for name in names if name in known]
        self.missing = [name for name in names if name not in known]

    def create(self) -> None:
        tail = ""
        for option, words in (("encoding", "CHARACTER SET"), ("collation", "COLLATE")):
            if self.options[option]:
                tail += " %s %s" % (words, self.session.literal(self.options[option]))
        for name in self.missing:
            self._do("CREATE DATABASE %s%s" % (identifier(name), tail), "creating")

    def drop(self) -> None:
        for name in self.there:
            self._do("DROP DATABASE %s" % identifier(name), "deleting")

    def _do(self, statement: str, what: str) -> None:
        self.statements.append(statement)
        if not self.request.check:
            try:
                self.session.run(statement)
            except mysql.MyError as error:
                raise Fail("error %s database: %s" % (what, error.msg)) from None
