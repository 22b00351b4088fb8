"""Privileges on objects of PostgreSQL, and memberships in roles."""

from __future__ import annotations

import re

from opsflow.target import postgresql
from opsflow.target.postgresql_values import identifier
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.postgresql import Row, Session
    from opsflow.target.request import Request

_RELATIONS = "relkind IN ('r', 'p', 'v', 'm', 'f')"
_CATALOGS = {  # type of object: table, columns of the privileges, the name and the schema, which rows
    "table": ("pg_class", "relacl", "relname", "relnamespace", _RELATIONS),
    "sequence": ("pg_class", "relacl", "relname", "relnamespace", "relkind = 'S'"),
    "function": ("pg_proc", "proacl", "proname", "pronamespace", "true"),
    "procedure": ("pg_proc", "proacl", "proname", "pronamespace", "true"),
    "type": ("pg_type", "typacl", "typname", "typnamespace", "true"),
    "schema": ("pg_namespace", "nspacl", "nspname", "", "true"),
    "language": ("pg_language", "lanacl", "lanname", "", "true"),
    "tablespace": ("pg_tablespace", "spcacl", "spcname", "", "true"),
    "database": ("pg_database", "datacl", "datname", "", "true"),
    "foreign_data_wrapper": ("pg_foreign_data_wrapper", "fdwacl", "fdwname", "", "true"),
    "foreign_server": ("pg_foreign_server", "srvacl", "srvname", "", "true"),
    "parameter": ("pg_parameter_acl", "paracl", "parname", "", "true"),
}
_OBJECTS = "SELECT %(what)s AS what FROM %(table)s WHERE %(rows)s ORDER BY %(order)s"
_IN_SCHEMA = " AND %s = (SELECT oid FROM pg_namespace WHERE nspname = %s)"
_KINDS = {"table": "TABLES", "sequence": "SEQUENCES", "function": "FUNCTIONS", "procedure": "PROCEDURES"}
_DEFAULTS = ("TABLES", "SEQUENCES", "FUNCTIONS", "TYPES")
_IMPLICIT = {"PUBLIC": 0, "CURRENT_USER": 90500, "SESSION_USER": 90500, "CURRENT_ROLE": 140000}


def run(request: Request, **options: Any) -> dict[str, Any]:
    """Grant or revoke, in a transaction that check mode undoes; what differs then is the change."""
    if not options["trust_input"]:
        looked_at = ("roles", "target_roles", "session_role", "schema_")
        postgresql.refuse_dangerous(*[options.get(option) for option in looked_at])
    with postgresql.connect(request, options) as session:
        session.run("BEGIN")
        work = _Privileges(session, options)
        changed = work.apply()
        session.run("COMMIT" if changed and not request.check else "ROLLBACK")
    told = {"changed": changed, "queries": work.queries}
    if work.warnings:
        told["warnings"] = work.warnings
    return dict(told, diff={"prepared": "\n".join(work.queries)}) if request.diff and changed else told


class _Privileges:
    """What is to be granted or revoked, to whom, and the statements for it."""

    def __init__(self, session: Session, options: dict[str, Any]) -> None:
        self.session = session
        self.type: str = options["type"]
        self.present = options["state"] == "present"
        self.option: bool | None = options.get("grant_option")
        self.options = options
        self.schema = self._schema()
        self.warnings: list[str] = []
        self.queries: list[str] = []

    def _schema(self) -> str | None:
        given = self.options.get("schema_")
        if self.type not in (*_KINDS, "type", "default_privs"):
            return None
        if given == "not-specified" or self.options.get("objs") == "schemas":
            return None
        return given or "public"

    def apply(self) -> bool:
        objects = self._objects()
        roles = self._roles()
        if not objects or not roles:
            return False
        target = ",".join(roles)
        if self.type == "default_privs":
            query = "\n".join(self._defaults(objects, target))
        else:
            query = "\n".join(self._grants(self._what(objects), target))
        before = self._status(objects)
        self.queries.append(query)
        try:
            self.session.run(query)
        except postgresql.PgError as error:
            raise Fail("Cannot execute SQL '%s': %s" % (query, error.msg)) from None
        return self._status(objects) != before

    def _objects(self) -> list[str]:
        given: str = self.options.get("objs") or self.options["login_db"]
        if self.type == "default_privs":
            return list(_DEFAULTS) if given == "ALL_DEFAULT" else given.upper().split(",")
        if given == "ALL_IN_SCHEMA" and self.type in _KINDS:
            return self._all_in_schema()
        names = given.split(",")
        # A colon stands for a comma between the types of a signature.
        return [name.replace(":", ",") for name in names] if self.type in ("function", "procedure") else names

    def _all_in_schema(self) -> list[str]:
        if self.schema is None:
            raise Fail("ALL_IN_SCHEMA needs the name of a schema")
        if not self.session.rows("SELECT 1 FROM pg_namespace WHERE nspname = %s", [self.schema]):
            raise Fail('Schema "%s" does not exist.' % self.schema)
        table, _, name, schema, rows = _CATALOGS[self.type]
        if table == "pg_proc" and self.session.version >= 110000:
            rows = "prokind = '%s'" % self.type[0]
        parts = {"what": name, "table": table, "rows": rows + self._in_schema(schema)}
        return [row["what"] for row in self.session.rows(_OBJECTS % dict(parts, order=name))]

    def _in_schema(self, column: str) -> str:
        """Return the condition that objects are in the schema, if they have one."""
        if not column or self.schema is None:
            return ""
        return _IN_SCHEMA % (column, self.session.literal(self.schema))

    def _roles(self) -> list[str]:
        """Return the roles as they stand in a statement. Raises Fail for those that are not there."""
        found: list[str] = []
        for name in self.options["roles"].split(","):
            if name.upper() in _IMPLICIT and self.session.version >= _IMPLICIT[name.upper()]:
                found.append(name.upper())
            elif self.session.rows("SELECT 1 FROM pg_roles WHERE rolname = %s", [name]):
                found.append(identifier(name))
            elif self.options["fail_on_role"]:
                raise Fail("Role '%s' does not exist" % name)
            else:
                self.warnings.append("Role '%s' does not exist, pass it" % name)
        return found

    def _what(self, objects: list[str]) -> str:
        """Return what is granted: privileges on objects, or groups."""
        if self.type == "group":
            return ",".join(map(identifier, objects))
        privileges = self._words()
        if self.options.get("objs") == "ALL_IN_SCHEMA":
            assert self.schema is not None
            return "%s ON ALL %s IN SCHEMA %s" % (privileges, _KINDS[self.type], identifier(self.schema))
        names = [self._name(one) for one in objects]
        return "%s ON %s %s" % (privileges, self.type.replace("_", " "), ",".join(names))

    def _words(self) -> str:
        return ",".join(self.options["privs"]).replace("_", " ")

    def _name(self, one: str) -> str:
        """Return an object's name in quotes, with its schema where it has one."""
        prefix = identifier(self.schema) + "." if self.schema is not None else ""
        if self.type not in ("function", "procedure"):
            return prefix + identifier(one)
        name, bracket, types = one.partition("(")
        if not bracket or not re.match(r'(\w|[ ,."\[\]])*\)$', types):
            raise Fail('Illegal function / procedure signature: "%s".' % one)
        return "%s%s(%s" % (prefix, identifier(name), types)

    def _grants(self, what: str, whom: str) -> list[str]:
        if not self.present:
            return ["REVOKE %s FROM %s;" % (what, whom)]
        option = "ADMIN" if self.type == "group" else "GRANT"
        found = ["GRANT %s TO %s%s;" % (what, whom, " WITH %s OPTION" % option if self.option else "")]
        if self.option is False:
            found.append("REVOKE %s OPTION FOR %s FROM %s;" % (option, what, whom))
        return found

    def _defaults(self, objects: list[str], whom: str) -> list[str]:
        """Return the statements for objects that are made from now on."""
        owners = self.options.get("target_roles")
        head = "ALTER DEFAULT PRIVILEGES"
        if owners:
            head += " FOR ROLE %s" % ",".join(map(identifier, owners.split(",")))
        if self.schema is not None:
            head += " IN SCHEMA %s" % identifier(self.schema)
        if not self.present:
            kinds = ("TABLES", "FUNCTIONS", "SEQUENCES", "TYPES")
            return ["%s REVOKE ALL ON %s FROM %s;" % (head, kind, whom) for kind in kinds]
        option = " WITH GRANT OPTION" if self.option else ""
        revokes = ["%s REVOKE ALL ON %s FROM %s;" % (head, kind, whom) for kind in objects]
        words = ",".join(self.options["privs"])
        return revokes + [
            "%s GRANT %s ON %s TO %s%s;" % (head, words, kind, whom, option) for kind in objects
        ]

    def _status(self, objects: list[str]) -> list[Row]:
        """Return who may do what with these objects."""
        if self.type == "group":
            return self.session.rows(
                "SELECT roleid, member, grantor, admin_option FROM pg_auth_members m"
                " JOIN pg_roles r ON r.oid = roleid WHERE rolname = ANY(%s) ORDER BY 1, 2, 3",
                [objects],
            )
        if self.type == "default_privs":
            return self.session.rows(
                "SELECT defaclrole, defaclnamespace, defaclobjtype::text AS type, defaclacl::text AS acl"
                " FROM pg_default_acl ORDER BY 1, 2, 3"
            )
        table, acl, name, schema, rows = _CATALOGS[self.type]
        names = self.session.literal([one.split("(")[0] for one in objects])
        rows += "%s AND %s = ANY(%s)" % (self._in_schema(schema), name, names)
        return self.session.rows(
            _OBJECTS % {"what": acl + "::text", "table": table, "rows": rows, "order": "oid"}
        )
