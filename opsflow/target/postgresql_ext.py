"""Extensions of a database of PostgreSQL."""

from __future__ import annotations

from opsflow.target import postgresql
from opsflow.target.postgresql_values import identifier
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.postgresql import Session
    from opsflow.target.request import Request


def run(request: Request, name: str, state: str, **options: Any) -> dict[str, Any]:
    """Create, update or drop an extension."""
    if not options["trust_input"]:
        looked_at = ("schema_", "version", "session_role", "comment")
        postgresql.refuse_dangerous(name, *[options.get(option) for option in looked_at])
    with postgresql.connect(request, options) as session:
        extension = _Extension(request, session, name, options)
        before = extension.now
        if state == "present":
            extension.present()
        elif before:
            extension.do("DROP EXTENSION %s%s" % (extension.quoted, extension.cascade))
        after = extension.version_after(state)
    told = {
        "changed": bool(extension.queries),
        "db": options["login_db"],
        "ext": name,
        "prev_version": before,
    }
    told.update(version=after, queries=extension.queries)
    return dict(told, diff={"prepared": "\n".join(extension.queries)}) if request.diff else told


class _Extension:
    """The statements that bring an extension to its wanted state; check mode does not run them."""

    def __init__(self, request: Request, session: Session, name: str, options: dict[str, Any]) -> None:
        self.request = request
        self.session = session
        self.name = name
        self.quoted = identifier(name)
        self.options = options
        self.cascade = " CASCADE" if options["cascade"] else ""
        self.queries: list[str] = []
        self.now = self._installed()
        self.target = ""  # the version that it is brought to

    def do(self, query: str) -> None:
        self.queries.append(query)
        if not self.request.check:
            try:
                self.session.run(query)
            except postgresql.PgError as error:
                raise Fail("Management of PostgreSQL extension failed: %s" % error.msg) from None

    def _installed(self) -> str:
        row = self.session.one(
            "SELECT extversion AS version FROM pg_extension WHERE extname = %s", [self.name]
        )
        return row["version"] if row else ""

    def version_after(self, state: str) -> str:
        if not self.request.check:
            return self._installed() if self.queries else self.now
        return "" if state == "absent" else self.target or self.now

    def present(self) -> None:
        wanted = self.options.get("version")
        if not self.now:
            self._create(wanted or "latest")
        elif wanted:
            self._update(wanted)
        comment = self.options.get("comment")
        if comment is not None and comment != self._comment():
            self.do("COMMENT ON EXTENSION %s IS %s" % (self.quoted, self.session.literal(comment)))

    def _comment(self) -> str:
        row = self.session.one(
            "SELECT obj_description(oid, 'pg_extension') AS comment FROM pg_extension WHERE extname = %s",
            [self.name],
        )
        return str((row and row["comment"]) or "")

    def _create(self, wanted: str) -> None:
        self.target = self._resolve(wanted)
        known = self.session.rows(
            "SELECT version FROM pg_available_extension_versions WHERE name = %s", [self.name]
        )
        if {"version": self.target} not in known:
            which = "Latest" if wanted == "latest" else "Passed"
            raise Fail("%s version '%s' is not available" % (which, self.target))
        schema = self.options.get("schema_")
        version = "" if wanted == "latest" else " VERSION %s" % self.session.literal(wanted)
        into = " WITH SCHEMA %s" % identifier(schema) if schema else ""
        self.do("CREATE EXTENSION %s%s%s%s" % (self.quoted, into, version, self.cascade))

    def _update(self, wanted: str) -> None:
        self.target = self._resolve(wanted)
        if self.target == self.now:
            return
        path = self.session.one(
            "SELECT path FROM pg_extension_update_paths(%s) WHERE source = %s AND target = %s",
            [self.name, self.now, self.target],
        )
        if path is None or path["path"] is None:
            which = "Latest" if wanted == "latest" else "Passed"
            raise Fail(
                "%s version '%s' has no valid update path from the currently installed version '%s'"
                " or is not available" % (which, self.target, self.now)
            )
        self._begin_anew()
        to = "" if wanted == "latest" else " TO %s" % self.session.literal(wanted)
        self.do("ALTER EXTENSION %s UPDATE%s" % (self.quoted, to))

    def _begin_anew(self) -> None:
        """Update in a session that did nothing else: extensions such as timescaledb want that."""
        if not self.request.check:
            self.session.reconnect(self.options)

    def _resolve(self, wanted: str) -> str:
        """Return a version's number. Raises Fail where the extension is not there for this server."""
        if wanted != "latest":
            return wanted
        row = self.session.one(
            "SELECT default_version AS version FROM pg_available_extensions WHERE name = %s", [self.name]
        )
        if row is None:
            raise Fail("Extension %s is not available" % self.name)
        if not row["version"]:
            raise Fail("Passed version 'latest' but no default_version available in extension control file")
        return row["version"]
