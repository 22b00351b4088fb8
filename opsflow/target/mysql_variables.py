"""Variables of a MySQL or MariaDB server."""

from __future__ import annotations

from opsflow.target import mysql
from opsflow.target.mysql_values import identifier
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.request import Request

_SWITCH = {"on": "ON", "off": "OFF", 1: "ON", 0: "OFF"}


def run(
    request: Request, variable: str, mode: str, value: str | None = None, **options: Any
) -> dict[str, Any]:
    """Tell a variable, or set it: now, for the next start of the server, or both."""
    with mysql.connect(request, options, "mysql") as session:
        row = session.one("SHOW VARIABLES WHERE Variable_name = %s", [variable])
        if not row:
            raise Fail('Variable not available "%s"' % variable, changed=False)
        if value is None:
            return {"changed": False, "msg": row["Value"]}
        stored = _stored(session, variable) if mode != "global" else None
        now = _typed(stored if mode == "persist_only" else row["Value"])
        wanted = _typed(value)
        if now in ("ON", "OFF"):
            wanted = _SWITCH.get(wanted, wanted)
        said = _already(mode, wanted == now, wanted == _typed(stored))
        if said:
            return {"changed": False, "msg": said}
        name = ".".join(identifier(part) for part in variable.split("."))
        head = "SET %s %s = " % (mode.upper(), name)
        if not request.check:
            try:
                session.run(head + session.literal(wanted))
            except mysql.MyError as error:
                raise Fail(error.msg, changed=False) from None
    query = "%s%s" % (head, wanted)
    told = {"changed": True, "queries": [query], "msg": "Variable change succeeded prev_value=%s" % now}
    return dict(told, diff={"prepared": query}) if request.diff else told


def _stored(session: mysql.Session, variable: str) -> str | None:
    """Return what mysqld-auto.cnf says. Raises Fail for servers that have no such file."""
    query = (
        "SELECT VARIABLE_VALUE AS value FROM performance_schema.persisted_variables WHERE VARIABLE_NAME = %s"
    )
    try:
        return session.one(query, [variable]).get("value")
    except mysql.MyError:
        raise Fail("Server version must be 8.0 or greater, and no MariaDB, for this mode.") from None


def _typed(value: str | None) -> Any:
    """Return a number where it is one."""
    for kind in (int, float):
        try:
            return kind(value or "")
        except ValueError:
            continue
    return value


def _already(mode: str, here: bool, there: bool) -> str:
    """Return what to say where nothing is to be done, else nothing."""
    if mode == "global":
        return "Variable is already set to requested value." if here else ""
    if mode == "persist_only":
        return "Variable is already stored into mysqld-auto.cnf with requested value." if there else ""
    both = "Variable is already set to requested value globallyand stored into mysqld-auto.cnf file."
    return both if here and there else ""
