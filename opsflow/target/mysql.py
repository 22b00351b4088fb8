"""A session with a MySQL or MariaDB server: no driver and no client program is needed.

Options and the section `client` of ~/.my.cnf say where the server is and who we are. The password stays in
this process.
"""

from __future__ import annotations

import getpass
import re

from opsflow.target.database_socket import Lost, Stream, tls_context
from opsflow.target.mysql_values import identifier, literal, value
from opsflow.target.mysql_wire import MyError, Wire
from opsflow.target.paths import expand
from opsflow.target.request import Cancelled, Fail
from opsflow.target.sql_places import bind

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from opsflow.target.mysql_wire import Result
    from opsflow.target.request import Request

    Row = dict[str, Any]

_LINE = re.compile(r"([\w-]+)\s*(?:=\s*(.*?))?\s*$")


def connect(request: Request, options: Mapping[str, Any], database: str = "") -> Session:
    """Return a session by a task's options; first as root without a password with `check_implicit_admin`.

    Raises Fail.
    """
    path = expand(request, options["config_file"])
    file = client_section(path)
    if options.get("check_implicit_admin"):
        try:
            session = _open(request, dict(options, login_user="root", login_password=""), file, database)
            session.implicit = True
            return session
        except Fail:
            pass  # then by the task's own options
    try:
        return _open(request, options, file, database)
    except Fail as error:
        raise Fail(
            "unable to connect to database, check login_user and login_password are correct"
            " or %s has the credentials. Exception message: %s" % (path, error.msg)
        ) from None


def client_section(path: str) -> dict[str, str]:
    """Return what a file of options says in its section [client]; nothing where there is no such file."""
    found: dict[str, str] = {}
    section = ""
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            lines = [line.strip() for line in file]
    except (FileNotFoundError, NotADirectoryError):
        return {}
    for line in lines:
        if line.startswith("["):
            section = line.strip("[]")
        match = _LINE.match(line)
        if section == "client" and match and line[0] not in "#;!":
            text = match.group(2) or ""
            quoted = len(text) > 1 and text[0] == text[-1] and text[0] in "'\""
            found[match.group(1).replace("_", "-")] = text[1:-1] if quoted else text
    return found


def _open(request: Request, options: Mapping[str, Any], file: Mapping[str, str], database: str) -> Session:
    host, port = options["login_host"], options["login_port"]
    if options.get("config_overrides_defaults"):
        host, port = file.get("host", host), _port(file.get("port", port))
    path = options.get("login_unix_socket") or file.get("socket")
    stream = Stream(request, path or host, port, options.get("connect_timeout"))
    wire = Wire(stream, host)
    user, password = options.get("login_user"), options.get("login_password")
    try:
        wire.start(
            user if user is not None else file.get("user") or getpass.getuser(),
            password if password is not None else file.get("password", ""),
            database or file.get("database", ""),
            _tls(options, file),
        )
    except BaseException:
        stream.close()
        raise
    return Session(wire)


def _port(given: Any) -> int:
    if not str(given).isdigit():
        raise Fail("'%s' is not the number of a port" % given)
    return int(given)


def _tls(options: Mapping[str, Any], file: Mapping[str, str]) -> Any:
    """Return what TLS needs where it is asked for: the server is judged by the authorities that are given."""
    names = ("ca_cert", "ssl-ca"), ("client_cert", "ssl-cert"), ("client_key", "ssl-key")
    ca, cert, key = (options.get(option) or file.get(setting) for option, setting in names)
    checked = options.get("check_hostname")
    if not (ca or cert or key or checked is not None):
        return None
    return tls_context(ca is not None, checked is not False, ca, cert, key)


class Session:
    """A connection that is open; used with `with`, it ends with its block.

    `implicit` is whether it is that of root without a password, where the task has asked for another.
    """

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self.implicit = False
        self.version = str(self.one("SELECT VERSION() AS version")["version"])
        self.mariadb = "mariadb" in self.version.lower()

    def __enter__(self) -> Session:
        return self

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        try:
            self.wire.end()
        except Lost:
            pass  # it has ended already

    def at_least(self, mysql: str, mariadb: str) -> bool:
        """Tell whether the server is new enough: the versions that it must have as the one or the other."""
        return _numbers(self.version) >= _numbers(mariadb if self.mariadb else mysql)

    def literal(self, given: Any) -> str:
        return literal(given, self.wire.escapes)

    def bind(self, query: str, args: Any = None) -> str:
        """Return a query with its values as literals: see `sql_places.bind`."""
        return bind(query, args, self.literal)

    def run(self, query: str, args: Any = None) -> Result:
        """Run a statement with its values. Raises MyError and Lost."""
        try:
            return self.wire.query(self.bind(query, args))
        except Cancelled:
            self.wire.stream.close()
            raise

    def rows(self, query: str, args: Any = None) -> list[Row]:
        """Run a query; return its rows, each a mapping of names to values of JSON."""
        return rows_of(self.run(query, args))

    def one(self, query: str, args: Any = None) -> Row:
        """Run a query; return its first row, empty where there is none."""
        return (self.rows(query, args) or [{}])[0]

    def prepare(self, options: Mapping[str, Any]) -> None:
        """Set what a task wants of the session: `sql_log_bin` and `session_vars`. Raises Fail."""
        if options.get("sql_log_bin") is False:
            self.run("SET SQL_LOG_BIN=0")
        variables: dict[str, Any] = options.get("session_vars") or {}
        for name, wanted in variables.items():
            query = "SET SESSION %s = %s" % (identifier(name), self.literal(wanted))
            try:
                self.run(query)
            except MyError as error:
                raise Fail("Failed to execute %s: %s" % (query, error.msg)) from None


def rows_of(result: Result) -> list[Row]:
    """Return a result's rows as mappings of names to values of JSON."""
    columns = result.columns
    return [{column.name: value(data, column) for column, data in zip(columns, row)} for row in result.rows]


def _numbers(version: str) -> list[int]:
    return [int(part) for part in re.findall(r"\d+", version.split("-")[0])]
