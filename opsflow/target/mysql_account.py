"""One account of MySQL or MariaDB: how it logs in, what it must bring along, what it is limited to."""

from __future__ import annotations

import hashlib
import json
import re

from opsflow.target import mysql, mysql_privileges, mysql_sha2
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.request import Request

_LIMITS = {
    "MAX_QUERIES_PER_HOUR": "max_questions", "MAX_UPDATES_PER_HOUR": "max_updates",
    "MAX_CONNECTIONS_PER_HOUR": "max_connections", "MAX_USER_CONNECTIONS": "max_user_connections",
    "MAX_STATEMENT_TIME": "max_statement_time",
}  # fmt: skip
_EXPIRY = {"never": "NEVER", "default": "DEFAULT", "now": "", "interval": "INTERVAL %d DAY"}


class Account:
    """An account; its statements are kept without secrets, and check mode does not run them."""

    def __init__(
        self, request: Request, session: mysql.Session, user: str, host: str, statements: list[str]
    ) -> None:
        self.request = request
        self.session = session
        self.host = host
        self.key = [user, host]
        self.name = "%s@%s" % (session.literal(user), session.literal(host))
        self.statements = statements
        self.said = "User unchanged"  # what the last change is called
        row = session.one("SELECT * FROM mysql.user WHERE User = %s AND Host = %s", self.key)
        self.row = {key.lower(): value for key, value in row.items()}
        self.hash: str = self.row.get("password") or self.row.get("authentication_string") or ""

    def do(self, statement: str, secret: str = "", what: str = "") -> None:
        """Run a statement with a secret at its end; `what` says in an error what it was for."""
        self.statements.append(statement + (" ***" if secret else ""))
        if not self.request.check:
            try:
                self.session.run(statement + secret)
            except mysql.MyError as error:
                raise Fail(what + error.msg) from None

    def alter(self, words: str, secret: str = "") -> None:
        self.do("ALTER USER %s %s" % (self.name, words), secret)

    def drop(self) -> None:
        self.do("DROP USER %s" % self.name)

    def refuse_what_the_server_lacks(self, options: dict[str, Any]) -> None:
        if options.get("attributes") and not self.knows_attributes:
            raise Fail("user attributes were specified but the server does not support user attributes")
        if options.get("password_expire") and not self.session.at_least("5.7", "10.4.3"):
            raise Fail("The server version does not match the requirements for password_expire parameter.")
        limits: dict[str, Any] = options.get("resource_limits") or {}
        for name, value in limits.items():
            if name not in _LIMITS or (name == "MAX_STATEMENT_TIME" and not self.session.mariadb):
                raise Fail("resource_limits: key '%s' is unsupported." % name)
            if not re.match(r"\d+$", str(value)):
                raise Fail("Can't convert value '%s' to integer." % value)

    def create(self, options: dict[str, Any], required: Any) -> None:
        secret = self._identified(options)
        require = " REQUIRE %s" % self._required(required) if required else ""
        head = "CREATE USER %s" % self.name
        if secret:
            self.do(head + " IDENTIFIED", secret + require)
        else:
            self.do(head + require)

    def authenticate(self, options: dict[str, Any]) -> bool:
        """Change how the account logs in, where that differs; tell whether it did."""
        changed = False
        if options.get("password"):
            wanted = self._native(options)
            if wanted != self.hash:
                self.alter("IDENTIFIED", " WITH mysql_native_password AS " + self.session.literal(wanted))
                self.said = "Password updated (new style)" if not self.request.check else "Password updated"
                changed = True
        plugin = options.get("plugin")
        if plugin and self._other_way(plugin, options):
            self.alter("IDENTIFIED", self._identified(dict(options, password=None)))
            changed = True
        return changed

    def _native(self, options: dict[str, Any]) -> str:
        """Return the hash of the wanted password. Raises Fail for a given one that is none."""
        password: str = options["password"]
        if not options["encrypted"]:
            return native_hash(password)
        if not re.match(r"\*[0-9A-Fa-f]{40}$", password):
            raise Fail("encrypted was specified however it does not appear to be a valid hash"
                       " expecting: *SHA1(SHA1(your_password))")  # fmt: skip
        return password

    def _other_way(self, plugin: str, options: dict[str, Any]) -> bool:
        kept: str = self.row.get("authentication_string") or ""
        if self.row.get("plugin") != plugin:
            return True
        if options.get("plugin_hash_string") and options["plugin_hash_string"] != kept:
            return True
        given = options.get("plugin_auth_string")
        if not given:
            return False
        if options.get("salt"):
            return mysql_sha2.stored(given, options["salt"]) != kept
        if plugin == "mysql_native_password":
            return native_hash(given) != kept
        return given != kept and not mysql_sha2.fits(given, kept)

    def _identified(self, options: dict[str, Any]) -> str:
        """Return how the account is to log in, as it follows IDENTIFIED; nothing where that is not said."""
        literal = self.session.literal
        plugin = options.get("plugin")
        if options.get("password"):
            return " WITH mysql_native_password AS " + literal(self._native(options))
        if not plugin:
            return ""
        head = " WITH " + literal(plugin)
        if options.get("plugin_hash_string"):
            return "%s AS %s" % (head, literal(options["plugin_hash_string"]))
        given = options.get("plugin_auth_string")
        if not given:
            return head
        if options.get("salt"):
            hashed = mysql_sha2.stored(given, options["salt"]).encode()
            return "%s AS 0x%s" % (head, "".join("%02X" % byte for byte in bytearray(hashed)))
        forms = {"pam": "USING %s", "ed25519": "USING PASSWORD(%s)"}
        return "%s %s" % (head, forms.get(plugin, "BY %s") % literal(given))

    def expire(self, options: dict[str, Any]) -> None:
        how = options.get("password_expire")
        if how:
            words = _EXPIRY[how] % options["password_expire_interval"] if how == "interval" else _EXPIRY[how]
            self.alter("PASSWORD EXPIRE " + words)

    def expires_as(self, options: dict[str, Any]) -> bool:
        how = options["password_expire"]
        if how == "now":
            return self.row.get("password_expired") == "Y"
        lifetime = self.row.get("password_lifetime")
        if self.session.mariadb:
            query = "SELECT JSON_VALUE(Priv, '$.password_lifetime') AS days FROM mysql.global_priv"
            lifetime = self.session.one(query + " WHERE User = %s AND Host = %s", self.key).get("days")
        days = -1 if lifetime is None else int(lifetime)
        return days == {"default": -1, "never": 0}.get(how, options.get("password_expire_interval"))

    def take(self, step: mysql_privileges.Step) -> None:
        for statement in mysql_privileges.statements(step, self.name):
            self.do(statement, what="Error granting privileges by %s: " % statement)

    @property
    def knows_attributes(self) -> bool:
        return not self.session.mariadb and self.session.at_least("8.0.21", "")

    def attributes(self) -> dict[str, Any] | None:
        query = (
            "SELECT attribute AS text FROM information_schema.user_attributes WHERE user = %s AND host = %s"
        )
        return json.loads(self.session.one(query, self.key).get("text") or "null") or None

    def set_attributes(self, changes: dict[str, Any]) -> None:
        self.alter("ATTRIBUTE %s" % self.session.literal(json.dumps(changes)))
        self.said = "Attributes updated: %s" % ", ".join("%s: %s" % pair for pair in changes.items())

    @property
    def locked(self) -> bool:
        (line,) = self.session.one("SHOW CREATE USER " + self.name).values()
        return "ACCOUNT LOCK" in line

    def lock(self, wanted: bool) -> None:
        word = "LOCK" if wanted else "UNLOCK"
        self.alter("ACCOUNT " + word)
        self.said = "User %s%sed" % ("will be " if self.request.check else "", word.lower())

    def require(self, wanted: Any) -> bool:
        """Ask for TLS as it is wanted; tell whether that is a change."""
        specified = {
            name: self.row[column]
            for name, column in (
                ("CIPHER", "ssl_cipher"),
                ("ISSUER", "x509_issuer"),
                ("SUBJECT", "x509_subject"),
            )
            if self.row[column]
        }
        now = specified or {"ANY": "SSL", "X509": "X509"}.get(self.row["ssl_type"])
        if now == wanted:
            return False
        self.alter("REQUIRE %s" % self._required(wanted))
        self.said = "TLS requires updated"
        return True

    def _required(self, wanted: Any) -> str:
        if isinstance(wanted, dict):
            parts: list[Any] = list(wanted.items())  # pyright: ignore[reportUnknownArgumentType, reportUnknownMemberType]
            return " AND ".join("%s %s" % (key, self.session.literal(value)) for key, value in parts)
        return wanted or "NONE"

    def limits(self) -> dict[str, int]:
        return {name: int(float(self.row[column])) for name, column in _LIMITS.items() if column in self.row}

    def limit(self, now: dict[str, int], wanted: dict[str, Any]) -> bool:
        """Set limits that differ; tell whether there were any."""
        changes = [
            "%s %d" % (name, int(value)) for name, value in wanted.items() if int(value) != now.get(name)
        ]
        if changes:
            self.alter("WITH %s" % " ".join(changes))
        return bool(changes)


def native_hash(password: str) -> str:
    """Return what mysql_native_password keeps of a password."""
    once = hashlib.sha1(password.encode("utf-8", "surrogateescape")).digest()  # noqa: S324
    return "*" + hashlib.sha1(once).hexdigest().upper()  # noqa: S324
