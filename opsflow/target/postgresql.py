"""A session with a PostgreSQL server, reached as libpq would: no driver and no psql is needed.

Options, the task's environment (PGHOST and its like) and ~/.pgpass say where the server is and who we are.
The password stays in this process.
"""

from __future__ import annotations

import os
import re
import stat

from opsflow.target.database_socket import Lost, Stream, tls_context
from opsflow.target.postgresql_values import identifier, literal, value
from opsflow.target.postgresql_wire import PgError, Wire
from opsflow.target.request import Cancelled, Fail
from opsflow.target.sql_places import bind

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from opsflow.target.postgresql_wire import Result
    from opsflow.target.request import Request

    Row = dict[str, Any]

_ENVIRONMENT = {
    "host": "PGHOST", "hostaddr": "PGHOSTADDR", "port": "PGPORT", "dbname": "PGDATABASE", "user": "PGUSER",
    "password": "PGPASSWORD", "passfile": "PGPASSFILE", "options": "PGOPTIONS", "sslcert": "PGSSLCERT",
    "application_name": "PGAPPNAME", "connect_timeout": "PGCONNECT_TIMEOUT", "sslrootcert": "PGSSLROOTCERT",
    "client_encoding": "PGCLIENTENCODING", "sslkey": "PGSSLKEY", "timezone": "PGTZ", "sslmode": "PGSSLMODE",
    "target_session_attrs": "PGTARGETSESSIONATTRS",
}  # fmt: skip
_LOGIN = {
    "login_host": "host", "login_user": "user", "login_password": "password", "login_port": "port",
    "ssl_mode": "sslmode", "ca_cert": "sslrootcert", "ssl_cert": "sslcert", "ssl_key": "sslkey",
    "login_db": "dbname",
}  # fmt: skip
_NEUTRAL = {
    "keepalives", "keepalives_idle", "keepalives_interval", "keepalives_count", "tcp_user_timeout",
    "fallback_application_name", "gssencmode", "sslcompression", "sslsni", "channel_binding",
}  # fmt: skip
_CANCEL = 5.0  # seconds to reach a server whose query is not wanted any more
SOCKETS = "/var/run/postgresql"
_DANGER = (
    re.compile(r"['\"].*--"),
    re.compile(r"(UNION|INTERSECT|EXCEPT).*SELECT", re.IGNORECASE),
    re.compile(r";.*(SELECT|UPDATE|INSERT|DELETE|DROP|TRUNCATE|ALTER)", re.IGNORECASE),
)


def settings(request: Request, options: Mapping[str, Any]) -> dict[str, str]:
    """Return the settings of a connection by libpq's names: options over the environment.

    Raises Fail for `connect_params` that are not known.
    """
    env = request.environ()
    found = {name: env[variable] for name, variable in _ENVIRONMENT.items() if env.get(variable)}
    given = {_LOGIN[name]: str(options[name]) for name in _LOGIN if options.get(name) not in (None, "")}
    found.update(given)
    if given.get("host", "localhost") == "localhost" and options.get("login_unix_socket"):
        found["host"] = options["login_unix_socket"]
    params: dict[str, Any] = options.get("connect_params") or {}
    for name, wanted in params.items():
        if name not in _ENVIRONMENT and name not in _NEUTRAL:
            raise Fail("connect_params: '%s' is not a setting of connections that is known here" % name)
        found[name] = str(wanted)
    found.setdefault("user", "postgres")
    found.setdefault("dbname", found["user"])
    found.setdefault("host", found.get("hostaddr", SOCKETS))
    found.setdefault("port", "5432")
    found.setdefault("sslmode", "prefer")
    return found


def connect(request: Request, options: Mapping[str, Any]) -> Session:
    """Return a session by a task's options, as `session_role` where that is given. Raises Fail."""
    role = options.get("session_role")
    if not options.get("trust_input", True):
        refuse_dangerous(role)
    try:
        session = _first(request, settings(request, options))
    except Fail as error:
        raise Fail("unable to connect to database: %s" % error.msg) from None
    if role:
        try:
            session.run("SET ROLE %s" % identifier(role))
        except PgError as error:
            session.close()
            raise Fail("Could not switch role: %s" % error.msg) from None
    return session


def refuse_dangerous(*given: Any) -> None:
    """Raise Fail where a value looks as if it were to break out of its place (`trust_input: false`)."""
    bad = [text for text in _texts(given) if any(pattern.search(text) for pattern in _DANGER)]
    if bad:
        raise Fail("Passed input '%s' is potentially dangerous" % ", ".join(bad))


def _texts(given: Any) -> Iterable[str]:
    if isinstance(given, (list, tuple, dict)):
        parts: list[Any] = [*given, *(given.values() if isinstance(given, dict) else ())]  # pyright: ignore
        for part in parts:
            for text in _texts(part):
                yield text
    elif given is not None and not isinstance(given, bool):
        yield str(given)


def _first(request: Request, wanted: Mapping[str, str]) -> Session:
    """Return a session with the first of several hosts that will have us."""
    hosts = wanted["host"].split(",")
    ports = wanted["port"].split(",")
    ports = ports * len(hosts) if len(ports) == 1 else ports
    refusals: list[str] = []
    for host, port in zip(hosts, ports):
        if not port.isdigit():
            raise Fail("'%s' is not the number of a port" % port)
        for secured in _ways(wanted["sslmode"], host):
            try:
                return _open(request, dict(wanted, host=host or SOCKETS, port=port), secured)
            except Fail as error:
                refusals.append("connection to %s failed: %s" % (host or SOCKETS, error.msg))
                if not (isinstance(error, PgError) and error.sqlstate == "28000"):
                    break  # only who is not allowed in that way may be so in the other
    raise Fail("\n".join(refusals))


def _ways(mode: str, host: str) -> tuple[bool | None, ...]:
    """Return whether to use TLS, in the order of trying: None is where the server offers it."""
    if mode == "disable" or not host or host.startswith("/"):
        return (False,)
    return {"allow": (False, True), "prefer": (None, False)}.get(mode, (True,))


def _open(request: Request, wanted: Mapping[str, str], secured: bool | None) -> Session:
    host, port = wanted["host"], int(wanted["port"])
    place = os.path.join(host, ".s.PGSQL.%d" % port) if host.startswith("/") else wanted.get("hostaddr", host)
    stream = Stream(request, place, port, _seconds(wanted))
    wire = Wire(stream)
    try:
        if secured is not False and wire.offer_tls(bool(secured)):
            stream.secure(_context(wanted), host)
        wire.start(_parameters(wanted), wanted.get("password") or _from_passfile(wanted))
        session = Session(request, wire)
        if not wire.settings.get("DateStyle", "").startswith("ISO"):
            session.run("SET DateStyle TO ISO")
        session.must_be(wanted.get("target_session_attrs", "any"))
    except BaseException:
        stream.close()
        raise
    return session


def _seconds(wanted: Mapping[str, str]) -> float | None:
    given = wanted.get("connect_timeout") or "0"
    if not given.isdigit():
        raise Fail("connect_timeout is a number of seconds, not '%s'" % given)
    return int(given) or None


def _context(wanted: Mapping[str, str]) -> Any:
    home = os.path.expanduser("~/.postgresql/")
    mode = wanted["sslmode"]
    ca = wanted.get("sslrootcert") or (home + "root.crt" if os.path.exists(home + "root.crt") else None)
    cert = wanted.get("sslcert") or (
        home + "postgresql.crt" if os.path.exists(home + "postgresql.crt") else None
    )
    key = wanted.get("sslkey") or (
        home + "postgresql.key" if os.path.exists(home + "postgresql.key") else None
    )
    verify = mode.startswith("verify-") or (mode == "require" and ca is not None)
    return tls_context(verify, mode == "verify-full", None if ca == "system" else ca, cert, key)


def _parameters(wanted: Mapping[str, str]) -> dict[str, str]:
    found = {"user": wanted["user"], "database": wanted["dbname"], "client_encoding": "UTF8"}
    for name, sent in (("options", "options"), ("application_name", "application_name"),
                       ("client_encoding", "client_encoding"), ("timezone", "TimeZone")):  # fmt: skip
        if wanted.get(name):
            found[sent] = wanted[name]
    return found


def _from_passfile(wanted: Mapping[str, str]) -> str | None:
    """Return the password that ~/.pgpass has, None where there is none or others may read the file."""
    path = wanted.get("passfile") or os.path.expanduser("~/.pgpass")
    host = wanted["host"]
    mine = ("localhost" if host == SOCKETS else host, wanted["port"], wanted["dbname"], wanted["user"])
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode) or os.fstat(file.fileno()).st_mode & 0o077:
                return None
            lines = file.read().splitlines()
    except OSError:
        return None
    for line in lines:
        fields = [re.sub(r"\\(.)", r"\1", part) for part in re.findall(r"((?:[^:\\]|\\.)*)(?::|$)", line)]
        if len(fields) >= 5 and all(given in ("*", known) for given, known in zip(fields, mine)):
            return fields[4]
    return None


class Session:
    """A connection that is open; used with `with`, it ends with its block."""

    def __init__(self, request: Request, wire: Wire) -> None:
        self.request = request
        self.wire = wire
        self.wire.stream.request = request

    def __enter__(self) -> Session:
        return self

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        self.close()

    def close(self) -> None:
        try:
            self.wire.end()
        except Lost:
            pass  # it has ended already

    def reconnect(self, options: Mapping[str, Any]) -> None:
        """Go on with a new connection, by the same options. Raises Fail."""
        self.close()
        self.wire = connect(self.request, options).wire

    @property
    def version(self) -> int:
        """The server's version as a number: 150004 is 15.4."""
        found = re.match(r"(\d+)(?:\.(\d+))?(?:\.(\d+))?", self.wire.settings["server_version"])
        assert found
        major, middle, minor = (int(part or 0) for part in found.groups())
        return major * 10000 + (middle if major >= 10 else middle * 100 + minor)

    @property
    def _escapes(self) -> bool:
        return self.wire.settings.get("standard_conforming_strings") == "off"

    def bind(self, query: str, args: Any = None) -> str:
        """Return a query with its values as literals: see `sql_places.bind`."""
        return bind(query, args, self.literal)

    def literal(self, given: Any) -> str:
        return literal(given, self._escapes)

    def run(self, query: str, args: Any = None) -> Result:
        """Run a query with its values. Raises PgError and Lost."""
        try:
            return self.wire.query(self.bind(query, args))
        except Cancelled:
            place = self.wire.stream.host, self.wire.stream.port
            self.wire.cancel(Stream(self.request, *place, _CANCEL))
            raise

    def rows(self, query: str, args: Any = None) -> list[Row]:
        """Run a query; return its rows, each a mapping of names to values of JSON."""
        return rows_of(self.run(query, args))

    def one(self, query: str, args: Any = None) -> Row | None:
        """Run a query; return its first row, None where there is none."""
        found = self.rows(query, args)
        return found[0] if found else None

    def must_be(self, wanted: str) -> None:
        """Raise Fail where the server is not of the kind that `target_session_attrs` asks for."""
        if wanted in ("any", "prefer-standby"):
            return
        state = self.one(
            "SELECT pg_is_in_recovery() AS standby, current_setting('transaction_read_only') AS ro"
        )
        assert state
        fine = {
            "read-write": state["ro"] == "off",
            "read-only": state["ro"] == "on",
            "primary": not state["standby"],
            "standby": state["standby"],
        }
        if not fine.get(wanted):
            raise Fail("the server is not %s" % wanted)


def rows_of(result: Result) -> list[Row]:
    """Return a result's rows as mappings of names to values of JSON."""
    columns = result.columns or []
    return [{name: value(text, oid) for (name, oid), text in zip(columns, row)} for row in result.rows]
